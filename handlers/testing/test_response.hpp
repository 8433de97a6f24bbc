// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../../http/cookie_jar.hpp"
#include "../../http/headers.hpp"
#include "../type_info.hpp"

namespace capricorn {

/// Thrown by `raise_for_status`.
struct HTTPStatusError : std::runtime_error {
  HTTPStatusError(int status, const std::string& message)
      : std::runtime_error(message), status_code(status) {}
  ~HTTPStatusError() override;
  int status_code;
};

/// What a test client got. Owns all of it.
class TestResponse {
 public:
  int status_code = 0;                // 0: the client left before there was an answer
  Headers headers;                    // as they were sent, and the length that a server adds
  CookieJar cookies;                  // those that this answer set
  std::string url;                    // that answered: the last of a chain of redirects
  std::vector<TestResponse> history;  // the redirects, in order
  std::vector<Headers> early_hints;   // of 103s, in order
  std::string route;                  // the pattern of the route that answered

  /// The first value of that name, in whatever case; "" where there is none.
  std::string header(std::string_view name) const;
  /// The body, decoded as its Content-Encoding says; throws std::runtime_error where its bytes are
  /// not of that coding, as those of a range are not.
  const std::string& content() const;
  const std::string& text() const { return content(); }
  /// As it was sent.
  const std::string& raw_content() const noexcept { return encoded_ ? *encoded_ : content_; }
  /// Throws nlohmann::json::parse_error where the body is no JSON.
  nlohmann::json json() const;
  /// The body as a model, or any other type that a request can have. Throws std::invalid_argument
  /// that says what does not fit.
  template <class T>
    requires Describable<T>
  T json() const {
    T value{};
    read_json_to(type_info<T>(), &value);
    return value;
  }

  bool is_success() const noexcept { return status_code >= 200 && status_code < 300; }
  /// It says where to go instead.
  bool is_redirect() const noexcept;
  bool is_client_error() const noexcept { return status_code >= 400 && status_code < 500; }
  bool is_server_error() const noexcept { return status_code >= 500 && status_code < 600; }
  std::string_view reason_phrase() const noexcept;
  /// Throws HTTPStatusError where it is no success.
  const TestResponse& raise_for_status() const;

  // For the client
  void set_content(std::string raw);

 private:
  void read_json_to(const TypeInfo& type, void* value) const;

  std::string content_;
  std::optional<std::string> encoded_;  // where it is not the content
  std::string fault_;                   // why it cannot be decoded
};

}  // namespace capricorn
