// SPDX-License-Identifier: MIT
#include "https_redirect.hpp"

#include <string>

#include "../response.hpp"
#include "scope_url.hpp"

namespace capricorn {

Task<> HTTPSRedirectMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  const bool open = scope.scheme == "http" || scope.scheme == "ws";
  const bool redirected = open && scope.type != Scope::Type::kLifespan;
  return redirected ? redirect(scope, send) : next_(scope, receive, send);
}

/// A port that is a scheme's own says nothing about where the other one is served.
Task<> HTTPSRedirectMiddleware::redirect(Scope& scope, Send& send) {
  const std::string netloc = netloc_of(scope);
  const auto [host, port] = split_authority(netloc);
  const bool plain = port == "80" || port == "443";
  const std::string_view scheme = scope.scheme == "http" ? "https" : "wss";
  Response response = RedirectResponse(url_at(scope, scheme, plain ? host : netloc));
  co_await response.send(scope, send);
}

}  // namespace capricorn
