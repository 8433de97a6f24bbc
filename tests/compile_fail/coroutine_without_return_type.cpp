// expect: 'co_return' cannot be used in a function with a deduced return type
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void declare(App& app) {
#ifdef CORRECT
  app.get("/", []() -> Task<int> { co_return 1; });
#else
  app.get("/", []() { co_return 1; });
#endif
}
