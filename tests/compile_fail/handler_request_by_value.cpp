// expect: a handler takes it as Request&
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/",
          [](Request& request) -> Task<std::string> { co_return std::string(request.path()); });
#else
  app.get("/", [](Request request) -> Task<std::string> { co_return std::string(request.path()); });
#endif
}
