// expect: a route pattern that is no literal is written runtime(pattern)
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
  const char* text = "/users";
#ifdef CORRECT
  app.get(runtime(text), [] { return 1; });
#else
  app.get(text, [] { return 1; });
#endif
}
