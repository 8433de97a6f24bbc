// expect: Header<> reads a number, bool, std::string or enum, an optional of one, or a vector of
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include <map>
#include <string>
#include <vector>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [](Header<std::vector<int>, "n">) -> Task<int> { co_return 1; });
#else
  app.get("/", [](Header<std::map<std::string, int>, "n">) -> Task<int> { co_return 1; });
#endif
}
