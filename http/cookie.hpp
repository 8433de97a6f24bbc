// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capricorn {

/// The cookies of a request, in the order in which they came. They are read as browsers write them,
/// which is not always as RFC 6265 says: a text without "=" is a value without a name, quotes and
/// what they escape are undone as Python does. Owns its strings.
class Cookies {
 public:
  using Pair = std::pair<std::string, std::string>;

  /// Adds those of one Cookie field; a request may have several.
  void parse(std::string_view field);

  /// The last value of that name, as in Starlette.
  std::optional<std::string_view> get(std::string_view name) const noexcept;

  std::size_t size() const noexcept { return pairs_.size(); }
  auto begin() const noexcept { return pairs_.begin(); }
  auto end() const noexcept { return pairs_.end(); }

 private:
  std::vector<Pair> pairs_;
};

/// The attributes of a cookie that is set (RFC 6265bis, 4.1.2).
struct CookieOptions {
  std::optional<std::chrono::seconds> max_age = {};
  std::optional<std::chrono::system_clock::time_point> expires = {};
  std::string_view path = "/";        // "": the folder of the request's path
  std::string_view domain = {};       // "": this host alone
  bool secure = false;                // over HTTPS only
  bool httponly = false;              // not for scripts
  std::string_view samesite = "lax";  // or "strict", "none"; "": the browser's default
  bool partitioned = false;           // one for each site that embeds this one
  bool verbatim = false;              // the value without quotes; it must need none (RFC 6265)
};

/// The value of a Set-Cookie field, as Python writes it. Throws std::invalid_argument for what
/// would be another cookie or none: a name that is no token, a control character anywhere, ";" in a
/// path or domain (in a value it is quoted), a prefix's rule broken ("__Host-", "__Secure-"),
/// SameSite=None or Partitioned without Secure, more than 4096 bytes.
std::string format_set_cookie(std::string_view name, std::string_view value,
                              const CookieOptions& options);

}  // namespace capricorn
