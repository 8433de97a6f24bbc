// SPDX-License-Identifier: MIT
#include "route_declaration.hpp"

#include <utility>

namespace capricorn {

RouteCallbacks::RouteCallbacks(const std::vector<RouteDeclaration>& routes)
    : routes_(std::make_shared<const std::vector<RouteDeclaration>>(routes)) {}

RouteDeclaration make_declaration(std::string_view pattern, MethodSet methods,
                                  std::unique_ptr<RouteEndpoint> endpoint,
                                  const RouteOptions& options) {
  return {.pattern = std::string(pattern),
          .methods = methods,
          .endpoint = std::move(endpoint),
          .options = options};
}

RouteDeclaration make_declaration(std::string_view pattern,
                                  std::unique_ptr<WebSocketEndpoint> endpoint,
                                  const WebSocketRouteOptions& options) {
  return {.pattern = std::string(pattern),
          .methods = method_bit(Method::kGet),
          .websocket = std::move(endpoint),
          .websocket_options = options};
}

const RouteOptions& default_route_options() noexcept {
  static const RouteOptions options;
  return options;
}

const WebSocketRouteOptions& default_websocket_options() noexcept {
  static const WebSocketRouteOptions options;
  return options;
}

}  // namespace capricorn
