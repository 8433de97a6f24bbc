// expect: a Query<> without a name reads the query into a model: Query<Filter>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include <string>
#include <vector>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Query<Item>) -> Task<int> { co_return 1; });
#else
  app.post("/", [](Query<int>) -> Task<int> { co_return 1; });
#endif
}
