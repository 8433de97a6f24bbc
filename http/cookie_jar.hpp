// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "uri.hpp"

namespace capricorn {

/// The cookies that a client keeps, and which of them it sends where (RFC 6265, 5.3 and 5.4). It
/// knows no public suffixes, as a browser does: it is for clients that talk to servers of their
/// own. Owns its strings.
class CookieJar {
 public:
  using Time = std::chrono::system_clock::time_point;

  struct Cookie {
    std::string name;
    std::string value;        // as it is sent
    std::string domain = {};  // in lower case; "": any host
    std::string path = "/";
    bool host_only = false;            // not for the hosts below the domain
    bool secure = false;               // over https and wss only
    std::optional<Time> expires = {};  // none: when the client ends
    std::uint64_t created = 0;         // a number in the order of creation
  };

  /// Keeps a cookie that nobody sent. Throws std::invalid_argument for a name or value with ";", a
  /// control character or, in the name, "=".
  void set(std::string_view name, std::string_view value, std::string_view domain = "",
           std::string_view path = "/");
  /// The value of the cookie that was kept last under that name, its quotes undone.
  std::optional<std::string> get(std::string_view name) const;
  /// Forgets all of that name.
  void remove(std::string_view name);
  void clear() noexcept { cookies_.clear(); }

  /// Takes a Set-Cookie field that came with the answer from there; one that has expired takes away
  /// what was kept. What that server may not set is ignored.
  void store(const Uri& from, std::string_view set_cookie, Time now);
  /// The value of the Cookie field of a request to there: those of longer paths first, then in the
  /// order in which they were kept. "" where there are none.
  std::string header(const Uri& to, Time now) const;

  std::size_t size() const noexcept { return cookies_.size(); }
  auto begin() const noexcept { return cookies_.begin(); }
  auto end() const noexcept { return cookies_.end(); }

 private:
  void keep(Cookie cookie);

  std::vector<Cookie> cookies_;
  std::uint64_t created_ = 0;
};

}  // namespace capricorn
