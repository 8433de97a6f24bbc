// expect: Depends<> takes a function, or an object with one operator() that is no template
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Counter {
#ifdef CORRECT
  Task<int> operator()(Query<int, "q"> q) const { co_return *q; }
#else
  Task<int> operator()(auto q) const { co_return *q; }
#endif
};

void routes(App& app) {
  app.get("/", [](Depends<Counter{}> count) -> Task<int> { co_return *count; });
}
