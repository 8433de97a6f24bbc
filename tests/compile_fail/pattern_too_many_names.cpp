// expect: a_route_pattern_has_at_most_8_parameters
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", [] { return 1; });
#else
  app.get("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", [] { return 1; });
#endif
}
