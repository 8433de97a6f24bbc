// expect: a_convertor_of_the_route_pattern_is_none_of_str_int_float_uuid_path
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
  const auto handler = [](Path<int, "id"> id) -> Task<int> { co_return *id; };
#ifdef CORRECT
  app.get("/users/{id:int}", handler);
#else
  app.get("/users/{id:integer}", handler);
#endif
}
