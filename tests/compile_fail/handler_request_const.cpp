// expect: a handler takes the request as Request&
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/",
          [](Request& request) -> Task<std::string> { co_return std::string(request.path()); });
#else
  app.get("/", [](const Request& request) -> Task<std::string> {
    co_return std::string(request.path());
  });
#endif
}
