// SPDX-License-Identifier: MIT
#include "scope_url.hpp"

namespace capricorn {

HostAndPort split_host(std::string_view netloc) noexcept {
  const std::size_t bracket = netloc.rfind(']');
  const std::size_t colon = netloc.rfind(':');
  if (colon == std::string_view::npos) return {netloc, {}};
  if (bracket != std::string_view::npos && colon < bracket) return {netloc, {}};
  return {netloc.substr(0, colon), netloc.substr(colon + 1)};
}

std::string netloc_of(const Scope& scope) {
  if (const auto host = scope.headers.get(HeaderId::kHost); host && !host->empty()) {
    return std::string(*host);
  }
  const bool v6 = scope.server_host.find(':') != std::string_view::npos;
  std::string netloc =
      v6 ? "[" + std::string(scope.server_host) + "]" : std::string(scope.server_host);
  if (scope.server_port != 0) netloc += ":" + std::to_string(scope.server_port);
  return netloc;
}

std::string url_at(const Scope& scope, std::string_view scheme, std::string_view netloc) {
  std::string url(scheme);
  url.append("://").append(netloc).append(scope.raw_path);
  if (!scope.query_string.empty()) url.append("?").append(scope.query_string);
  return url;
}

}  // namespace capricorn
