// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text_type.hpp"

namespace capricorn {

/// A URL of any scheme, pydantic's AnyUrl: read as browsers do and kept in its normal form, the
/// host in lower case and as DNS has it, without a port that goes without saying:
/// "HTTP://Bücher.de:80" is "http://xn--bcher-kva.de/". https://url.spec.whatwg.org/
class AnyUrl {
 public:
  AnyUrl() = default;
  /// Throws std::invalid_argument for what is none.
  explicit AnyUrl(std::string_view text);
  /// Nothing where it is none; `reason` then says why.
  static std::optional<AnyUrl> parse(std::string_view text, std::string* reason = nullptr);

  const std::string& str() const noexcept { return text_; }
  // Parts as they stand in the text, escapes included; "" where there are none.
  std::string_view scheme() const noexcept { return part(0, scheme_end_); }
  std::string_view username() const noexcept { return part(user_, user_end_); }
  std::string_view password() const noexcept { return part(password_, password_end_); }
  std::string_view host() const noexcept { return part(host_, host_end_); }
  /// The scheme's own where none is said.
  std::optional<int> port() const noexcept;
  std::string_view path() const noexcept { return part(path_, path_end_); }
  std::string_view query() const noexcept { return part(query_, query_end_); }
  std::string_view fragment() const noexcept { return part(fragment_, text_.size()); }

  friend bool operator==(const AnyUrl& a, const AnyUrl& b) noexcept { return a.text_ == b.text_; }
  friend auto operator<=>(const AnyUrl& a, const AnyUrl& b) noexcept { return a.text_ <=> b.text_; }

 private:
  struct Parser;
  std::string_view part(std::size_t begin, std::size_t end) const noexcept {
    return begin < end ? std::string_view(text_).substr(begin, end - begin) : std::string_view();
  }

  std::string text_;
  // Where the parts are in it; a part that is missing has no length.
  std::uint32_t scheme_end_ = 0;
  std::uint32_t user_ = 0, user_end_ = 0;
  std::uint32_t password_ = 0, password_end_ = 0;
  std::uint32_t host_ = 0, host_end_ = 0;
  std::uint32_t path_ = 0, path_end_ = 0;
  std::uint32_t query_ = 0, query_end_ = 0;
  std::uint32_t fragment_ = UINT32_MAX;
  std::int32_t port_ = -1;
};

/// An AnyUrl whose scheme is http or https, of 2083 characters at most.
class HttpUrl : public AnyUrl {
 public:
  HttpUrl() = default;
  /// Throws std::invalid_argument for what is none.
  explicit HttpUrl(std::string_view text);
};

template <>
struct TextTraits<AnyUrl> {
  static bool parse(std::string_view text, void* value, ErrorDetail& error);
  static void write(Buffer& out, const void* value);
  static bool is_unset(const void* value, unsigned char fill);
  static constexpr TextType kType{.name = "url",
                                  .format = "uri",
                                  .type_error = "url_type",
                                  .type_message = "URL input should be a string or URL",
                                  .parse = &parse,
                                  .write = &write,
                                  .is_unset = &is_unset,
                                  .min_length = 1};
};
template <>
struct TextTraits<HttpUrl> {
  static bool parse(std::string_view text, void* value, ErrorDetail& error);
  static constexpr std::size_t kMaxLength = 2083;
  static constexpr TextType kType{.name = "url",
                                  .format = "uri",
                                  .type_error = "url_type",
                                  .type_message = "URL input should be a string or URL",
                                  .parse = &parse,
                                  .write = &TextTraits<AnyUrl>::write,
                                  .is_unset = &TextTraits<AnyUrl>::is_unset,
                                  .min_length = 1,
                                  .max_length = kMaxLength};
};

}  // namespace capricorn
