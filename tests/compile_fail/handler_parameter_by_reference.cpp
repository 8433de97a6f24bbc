// expect: a handler takes Request by reference and everything else by value
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/users/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
#else
  app.get("/users/{id}", [](const Path<int, "id">& id) -> Task<int> { co_return *id; });
#endif
}
