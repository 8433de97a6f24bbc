// expect: a_path_convertor_ends_the_route_pattern
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
  const auto handler = [](Path<std::string, "p"> p) -> Task<std::string> { co_return *p; };
#ifdef CORRECT
  app.get("/files/{p:path}", handler);
#else
  app.get("/files/{p:path}/raw", handler);
#endif
}
