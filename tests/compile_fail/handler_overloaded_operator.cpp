// expect: a handler is a function or an object with one operator() that is no template
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct One {
  int operator()() const { return 1; }
};
struct Two : One {
  using One::operator();
  int operator()(Query<int, "n"> n) const { return *n; }
};

void routes(App& app) {
#ifdef CORRECT
  app.get("/", One{});
#else
  app.get("/", Two{});
#endif
}
