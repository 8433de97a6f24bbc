// expect: a_brace_of_the_route_pattern_has_no_partner
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
  const auto handler = [](Path<int, "id"> id) -> Task<int> { co_return *id; };
#ifdef CORRECT
  app.get("/users/{id}", handler);
#else
  app.get("/users/id}", handler);
#endif
}
