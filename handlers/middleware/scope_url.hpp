// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../../http/authority.hpp"
#include "../../http/scope.hpp"

namespace capricorn {

/// The path below what a proxy or a mount took off already.
inline std::string_view path_below_root(std::string_view path, std::string_view root) noexcept {
  if (!path.starts_with(root)) return path;
  const std::string_view rest = path.substr(root.size());
  return rest.empty() || rest.front() == '/' ? rest : path;
}

/// What the request was sent to: its Host field, else the server's own address without a port that
/// is the scheme's. "": a Unix socket, which has no such name.
std::string netloc_of(const Scope& scope);
/// "https://example.org", or "wss://example.org", as the request came; "" where there is no netloc.
std::string origin_of(const Scope& scope, bool websocket);
/// The request's own address with another scheme and host, as sent; the path and query alone where
/// `netloc` is "".
std::string url_at(const Scope& scope, std::string_view scheme, std::string_view netloc);

}  // namespace capricorn
