// expect: a Path<> has no Default: a part of the path is always there
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/users/{id}", [](Path<int, "id">) -> Task<int> { co_return 1; });
#else
  app.get("/users/{id}", [](Path<int, "id", Default{1}>) -> Task<int> { co_return 1; });
#endif
}
