// expect: a handler's parameters are Path<>, Query<>, Header<>, Cookie<>, Body<>, Form<>,
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

#ifdef CORRECT
Task<int> twice(Query<int, "n"> n) { co_return *n * 2; }
#else
Task<int> twice(int n) { co_return n * 2; }
#endif

void routes(App& app) {
  app.get("/", [](Depends<twice> twice) -> Task<int> { co_return *twice; });
}
