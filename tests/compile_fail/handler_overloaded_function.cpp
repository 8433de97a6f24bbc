// expect: no matching member function for call to 'get' | no matching function for call
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

int number() { return 1; }
int number(Query<int, "n"> n) { return *n; }

void routes(App& app) {
#ifdef CORRECT
  app.get("/", static_cast<int (*)()>(number));
#else
  app.get("/", number);
#endif
}
