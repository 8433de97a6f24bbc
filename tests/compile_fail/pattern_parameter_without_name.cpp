// expect: a_parameter_of_the_route_pattern_has_no_name
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/users/{id}", [] { return 1; });
#else
  app.get("/users/{}", [] { return 1; });
#endif
}
