// expect: a_Path_parameter_of_the_handler_is_not_in_the_route_pattern
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
  const auto handler = [](Path<int, "id"> id) -> Task<int> { co_return *id; };
#ifdef CORRECT
  app.get("/users/{id}", handler);
#else
  app.get("/users/{user_id}", handler);
#endif
}
