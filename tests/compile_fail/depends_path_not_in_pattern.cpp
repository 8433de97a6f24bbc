// expect: a_Path_parameter_of_the_handler_is_not_in_the_route_pattern
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

Task<int> item(Path<int, "id"> id) { co_return *id; }

void routes(App& app) {
#ifdef CORRECT
  app.get("/items/{id}", [](Depends<item> item) -> Task<int> { co_return *item; });
#else
  app.get("/items", [](Depends<item> item) -> Task<int> { co_return *item; });
#endif
}
