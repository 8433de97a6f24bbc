// expect: Query<> reads a number, bool, std::string or enum, an optional of one, or a vector of
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [](Query<std::vector<int>, "n">) -> Task<int> { co_return 1; });
#else
  app.get("/", [](Query<Item, "n">) -> Task<int> { co_return 1; });
#endif
}
