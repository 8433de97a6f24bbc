// expect: a_route_pattern_starts_with_a_slash
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/users", [] { return 1; });
#else
  app.get("users", [] { return 1; });
#endif
}
