// expect: a handler is a function or an object with one operator() that is no template
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/users/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
#else
  app.get("/users/{id}", [](auto id) -> Task<int> { co_return *id; });
#endif
}
