// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../http/headers.hpp"
#include "../../http/uri.hpp"
#include "../../loop/runnable.hpp"
#include "../json_write.hpp"

namespace capricorn {

/// A text, or a number or bool in the text that a query or a form has for it.
class TextValue {
 public:
  template <class T>
    requires(std::is_arithmetic_v<T> || std::convertible_to<const T&, std::string_view>)
  TextValue(const T& value) {  // NOLINT: implicit like the value
    if constexpr (std::is_arithmetic_v<T>) {
      Buffer json;
      write_json(json, value);
      text_ = json.view();
    } else {
      text_ = static_cast<std::string_view>(value);
    }
  }
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// A body of JSON: a model or any other value that a response can have, nlohmann::json included.
class JsonBody {
 public:
  JsonBody() = default;
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, JsonBody> &&
             (std::convertible_to<const T&, std::string_view> || Describable<T>))
  JsonBody(const T& value) {  // NOLINT: implicit like the value
    Buffer json;
    if constexpr (Describable<T>)
      write_json(json, value);
    else
      write_json_string(json, value);
    text_.emplace(json.view());
  }
  /// An object or a list in braces, as nlohmann::json reads them: `.json = {{"name", "Foo"}}`.
  /// Include <nlohmann/json.hpp> for it.
  JsonBody(std::initializer_list<nlohmann::json> values);
  const std::optional<std::string>& text() const noexcept { return text_; }

 private:
  std::optional<std::string> text_;
};

/// A file of a form.
struct TestFile {
  std::string name;  // the form's name for it
  std::string content = {};
  std::string filename = "upload";
  std::string content_type = {};  // "": what the filename promises
};

struct BasicAuth {
  std::string username;
  std::string password;
};

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// What a test client is asked to send besides method and address, as httpx names it. Of several
/// bodies the first counts: content, json, files with data, data.
struct TestRequestOptions {
  std::vector<std::pair<std::string, TextValue>> params = {};  // added to those of the address
  TextPairs headers = {};                                      // each in place of the client's own
  TextPairs cookies = {};                                      // besides the jar's, this once
  std::optional<std::string> content = {};
  JsonBody json = {};
  std::vector<std::pair<std::string, TextValue>> data = {};  // the fields of a form
  std::vector<TestFile> files = {};
  std::optional<BasicAuth> auth = {};
  std::optional<bool> follow_redirects = {};  // none: as the client does
  std::optional<Duration> timeout = {};       // then TimeoutError, and the application is cancelled

  // How the client behaves
  std::size_t chunk_size = 0;                // bytes of the body that come at once; 0: all
  std::optional<std::size_t> cut_body = {};  // it leaves after so many bytes of its body
  std::optional<Duration> leave_after = {};  // it leaves
};

namespace detail {

/// A request as it is sent.
struct OutgoingRequest {
  std::string method;
  Uri uri;
  Headers headers;
  std::string body;
};

/// `defaults` are the client's headers, `cookies` what its jar sends there. Throws
/// std::invalid_argument for what cannot be sent: a header with a line's end.
OutgoingRequest make_request(std::string_view method, Uri uri, const TextPairs& defaults,
                             const std::string& cookies, const TestRequestOptions& options);

/// Turns it into what a client asks for that is told to go there (RFC 9110, 15.4): a GET without a
/// body, unless the status keeps the method. Another origin is not told the authorization.
void redirect(OutgoingRequest& request, int status, std::string_view location);

}  // namespace detail
}  // namespace capricorn
