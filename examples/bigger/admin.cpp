// SPDX-License-Identifier: MIT
#include "admin.hpp"

namespace shop {

APIRouter admin_router() {
  APIRouter router;
  router.post("/", []() -> Task<std::string> { co_return "Admin getting schwifty"; });
  return router;
}

}  // namespace shop
