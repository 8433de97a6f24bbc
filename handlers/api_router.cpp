// SPDX-License-Identifier: MIT
#include "api_router.hpp"

#include <algorithm>
#include <stdexcept>

namespace capricorn {
namespace {

void check_prefix(std::string_view prefix) {
  if (prefix.empty()) return;
  if (prefix.front() != '/') throw std::invalid_argument("A path prefix must start with '/'");
  if (prefix.back() == '/') {
    throw std::invalid_argument(
        "A path prefix must not end with '/', as the routes will start with '/'");
  }
}

template <class T>
void prepend(std::vector<T>& list, const std::vector<T>& before) {
  list.insert(list.begin(), before.begin(), before.end());
}

/// Those of the route come first, and stand for their status.
void add_responses(AdditionalResponses& responses, const AdditionalResponses& common) {
  for (const auto& [key, response] : common) {
    const auto same = [&](const auto& own) { return own.first.text() == key.text(); };
    if (std::ranges::none_of(responses, same)) responses.emplace_back(key, response);
  }
}

}  // namespace

void apply(const RouterOptions& common, RouteDeclaration& route) {
  route.pattern.insert(0, common.prefix);
  prepend(route.declared_dependencies(), common.dependencies);
  RouteOptions& options = route.options;
  prepend(options.tags, common.tags);
  add_responses(options.responses, common.responses);
  options.deprecated = options.deprecated || common.deprecated;
  options.include_in_schema = options.include_in_schema && common.include_in_schema;
}

APIRouter::APIRouter(RouterOptions options) : options_(std::move(options)) {
  check_prefix(options_.prefix);
}

APIRouter& APIRouter::declare(RouteDeclaration route) {
  apply(options_, route);
  routes_.push_back(std::move(route));
  return *this;
}

APIRouter& APIRouter::declare(std::string_view pattern, MethodSet methods,
                              std::unique_ptr<RouteEndpoint> endpoint,
                              const RouteOptions& options) {
  return declare(make_declaration(pattern, methods, std::move(endpoint), options));
}

APIRouter& APIRouter::declare(std::string_view pattern, std::unique_ptr<WebSocketEndpoint> endpoint,
                              const WebSocketRouteOptions& options) {
  return declare(make_declaration(pattern, std::move(endpoint), options));
}

APIRouter& APIRouter::mount(std::string_view prefix, std::shared_ptr<Application> application,
                            std::string_view name) {
  return declare({.pattern = std::string(prefix),
                  .mounted = std::move(application),
                  .options = {.name = std::string(name)}});
}

APIRouter& APIRouter::include_router(const APIRouter& router, const RouterOptions& options) {
  for (RouteDeclaration& route : included_routes(router, options)) declare(std::move(route));
  return *this;
}

std::vector<RouteDeclaration> included_routes(const APIRouter& router,
                                              const RouterOptions& options) {
  check_prefix(options.prefix);
  std::vector<RouteDeclaration> routes = router.routes();
  for (RouteDeclaration& route : routes) {
    if (options.prefix.empty() && route.pattern.empty() && !route.mounted) {
      throw std::invalid_argument("Prefix and path cannot be both empty");
    }
    apply(options, route);
  }
  return routes;
}

}  // namespace capricorn
