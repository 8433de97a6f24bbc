// expect: MinLength and MaxLength are for strings, vectors, sets and maps
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [](Query<int, "n", Ge{1}>) -> Task<int> { co_return 1; });
#else
  app.get("/", [](Query<int, "n", MinLength{1}>) -> Task<int> { co_return 1; });
#endif
}
