// SPDX-License-Identifier: MIT
#include "scope_url.hpp"

namespace capricorn {
namespace {

bool is_secure(const Scope& scope) { return scope.scheme == "https" || scope.scheme == "wss"; }

}  // namespace

std::string netloc_of(const Scope& scope) {
  if (const auto host = scope.headers.get(HeaderId::kHost); host && !host->empty()) {
    return std::string(*host);
  }
  std::string netloc(scope.server_host);
  if (netloc.starts_with('/')) return {};
  if (netloc.contains(':')) netloc = "[" + netloc + "]";
  const int usual = is_secure(scope) ? 443 : 80;
  if (!netloc.empty() && scope.server_port != 0 && scope.server_port != usual) {
    netloc += ":" + std::to_string(scope.server_port);
  }
  return netloc;
}

std::string origin_of(const Scope& scope, bool websocket) {
  const std::string netloc = netloc_of(scope);
  if (netloc.empty()) return {};
  std::string origin(websocket ? "ws" : "http");
  if (is_secure(scope)) origin += 's';
  return origin + "://" + netloc;
}

std::string url_at(const Scope& scope, std::string_view scheme, std::string_view netloc) {
  std::string url;
  if (!netloc.empty()) url.append(scheme).append("://").append(netloc);
  url.append(scope.raw_path);
  if (!scope.query_string.empty()) url.append("?").append(scope.query_string);
  return url;
}

}  // namespace capricorn
