// expect: Cookie<> reads a number, bool, std::string or enum, or an optional of one
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [](Cookie<std::optional<int>, "n">) -> Task<int> { co_return 1; });
#else
  app.get("/", [](Cookie<std::vector<int>, "n">) -> Task<int> { co_return 1; });
#endif
}
