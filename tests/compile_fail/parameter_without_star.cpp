// expect: invalid operands to binary expression ('const char[7]' and 'Path< | no match for
// 'operator+' SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void declare(App& app) {
#ifdef CORRECT
  app.get("/{name}",
          [](Path<std::string, "name"> n) -> Task<std::string> { co_return "Hello " + *n; });
#else
  app.get("/{name}",
          [](Path<std::string, "name"> n) -> Task<std::string> { co_return "Hello " + n; });
#endif
}
