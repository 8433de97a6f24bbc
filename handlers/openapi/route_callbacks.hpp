// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

namespace capricorn {

struct RouteDeclaration;

/// Requests that a route's service sends to an address which its client has given: for the
/// document alone. `.callbacks = router.routes()`, of an APIRouter whose patterns are OpenAPI's
/// runtime expressions: `router.post("{$callback_url}/invoices/{$request.body.id}", ...)`.
/// https://fastapi.tiangolo.com/advanced/openapi-callbacks/
class RouteCallbacks {
 public:
  RouteCallbacks() = default;
  RouteCallbacks(const std::vector<RouteDeclaration>& routes);  // NOLINT: routes are meant

  /// Null where there are none.
  const std::vector<RouteDeclaration>* routes() const noexcept { return routes_.get(); }

 private:
  std::shared_ptr<const std::vector<RouteDeclaration>> routes_;  // of all copies of the options
};

}  // namespace capricorn
