// expect: a handler's parameters are Path<>, Query<>, Header<>, Cookie<>, Body<>, Form<>,
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/users/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
#else
  app.get("/users/{id}", [](int id) -> Task<int> { co_return id; });
#endif
}
