// SPDX-License-Identifier: MIT
// An application of several files: docs/tutorial/bigger-applications.md.
#include <capricorn/capricorn.hpp>

#include "admin.hpp"
#include "dependencies.hpp"
#include "items.hpp"
#include "users.hpp"

namespace shop {

App make_app() {
  App app({.title = "Bigger", .dependencies = dependencies<get_query_token>()});
  app.include_router(users_router());
  app.include_router(items_router());
  app.include_router(admin_router(), {.prefix = "/admin",
                                      .tags = {"admin"},
                                      .dependencies = dependencies<get_token_header>(),
                                      .responses = {{418, {"I'm a teapot"}}}});
  app.get("/", []() -> Task<std::string> { co_return "Hello Bigger Applications!"; });
  return app;
}

}  // namespace shop

CAPRICORN_APP(shop::make_app)
