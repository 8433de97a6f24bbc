// expect: a_segment_of_a_route_pattern_has_one_parameter_at_most
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/{from}/{to}", [] { return 1; });
#else
  app.get("/{from}-{to}", [] { return 1; });
#endif
}
