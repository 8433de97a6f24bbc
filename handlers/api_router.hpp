// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../http/application.hpp"
#include "route_methods.hpp"

namespace capricorn {

/// What is common to all routes of a router, and what `include_router` adds to them.
struct RouterOptions {
  std::string prefix = {};             // "/items": begins with a slash, ends without
  std::vector<std::string> tags = {};  // before those of the routes
  DependencyList dependencies = {};    // called before those of the routes
  AdditionalResponses responses = {};  // unless a route says another for that status
  bool deprecated = false;
  bool include_in_schema = true;
};

/// Routes that are declared apart and included in an application, or in another router. It may be
/// included several times. Its patterns may be empty, and its handlers' Path<> parameters stand in
/// a prefix: what a pattern lacks is said by `include_router` of the application.
/// https://fastapi.tiangolo.com/tutorial/bigger-applications/
class APIRouter : public RouteMethods<APIRouter, RouterPattern> {
 public:
  /// Throws std::invalid_argument for a prefix that cannot be.
  explicit APIRouter(RouterOptions options = {});

  /// The routes that `router` has now; those of both options come on top. Throws
  /// std::invalid_argument where a prefix cannot be, or a route has neither prefix nor pattern.
  APIRouter& include_router(const APIRouter& router, const RouterOptions& options = {});

  /// As App::mount, below the prefixes; of what is common to the routes it takes nothing else.
  /// Where the router is included several times, all lead to the one application.
  template <std::derived_from<Application> A>
  APIRouter& mount(std::string_view prefix, A application, std::string_view name = {}) {
    return mount(prefix, std::shared_ptr<Application>(new A(std::move(application))), name);
  }
  APIRouter& mount(std::string_view prefix, std::shared_ptr<Application> application,
                   std::string_view name = {});

  /// With this router's options; its mounts are among them.
  const std::vector<RouteDeclaration>& routes() const noexcept { return routes_; }

  // For RouteMethods
  APIRouter& declare(RouteDeclaration route);
  APIRouter& declare(std::string_view pattern, MethodSet methods,
                     std::unique_ptr<RouteEndpoint> endpoint, const RouteOptions& options);
  APIRouter& declare(std::string_view pattern, std::unique_ptr<WebSocketEndpoint> endpoint,
                     const WebSocketRouteOptions& options);

 private:
  RouterOptions options_;
  std::vector<RouteDeclaration> routes_;
};

/// Puts what is common to several routes before what the route says.
void apply(const RouterOptions& common, RouteDeclaration& route);
/// The routes of `router` as `include_router(router, options)` adds them.
std::vector<RouteDeclaration> included_routes(const APIRouter& router,
                                              const RouterOptions& options);

}  // namespace capricorn
