// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "route_endpoint.hpp"
#include "route_options.hpp"
#include "websocket.hpp"

namespace capricorn {

/// A route as it was declared, by an application or by a router that is included in one: then it
/// may stand at several places, and its endpoint is shared.
struct RouteDeclaration {
  std::string pattern;
  MethodSet methods = 0;
  std::shared_ptr<RouteEndpoint> endpoint = nullptr;  // of HTTP, or
  std::shared_ptr<WebSocketEndpoint> websocket = nullptr;
  std::shared_ptr<Application> mounted = nullptr;  // or of everything below the pattern
  RouteOptions options = {};
  WebSocketRouteOptions websocket_options = {};

  DependencyList& declared_dependencies() noexcept {
    return websocket ? websocket_options.dependencies : options.dependencies;
  }
  const DependencyList& declared_dependencies() const noexcept {
    return websocket ? websocket_options.dependencies : options.dependencies;
  }
  const std::string& name() const noexcept {
    return websocket ? websocket_options.name : options.name;
  }
};

RouteDeclaration make_declaration(std::string_view pattern, MethodSet methods,
                                  std::unique_ptr<RouteEndpoint> endpoint,
                                  const RouteOptions& options);
RouteDeclaration make_declaration(std::string_view pattern,
                                  std::unique_ptr<WebSocketEndpoint> endpoint,
                                  const WebSocketRouteOptions& options);

/// Those of a route that is declared without.
const RouteOptions& default_route_options() noexcept;
const WebSocketRouteOptions& default_websocket_options() noexcept;

}  // namespace capricorn
