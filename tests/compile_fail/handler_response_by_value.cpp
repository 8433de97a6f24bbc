// expect: a handler takes the response as Response&
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [](Response& response) -> Task<int> { co_return response.status(); });
#else
  app.get("/", [](Response response) -> Task<int> { co_return response.status(); });
#endif
}
