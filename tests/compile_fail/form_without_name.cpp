// expect: a Form<> without a name reads the form into a model: Form<Login>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Form<int, "n"> n) { return *n; });
#else
  app.post("/", [](Form<int> n) { return *n; });
#endif
}
