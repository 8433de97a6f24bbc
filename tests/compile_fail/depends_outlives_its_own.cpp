// expect: a dependency with co_yield of the request's scope takes none of
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

AsyncGenerator<int> inner() { co_yield 1; }
#ifdef CORRECT
AsyncGenerator<int> outer(Depends<inner> value) { co_yield *value; }
#else
AsyncGenerator<int> outer(Depends<inner, DependencyScope::kFunction> value) { co_yield *value; }
#endif

void routes(App& app) {
  app.get("/", [](Depends<outer> value) -> Task<int> { co_return *value; });
}
