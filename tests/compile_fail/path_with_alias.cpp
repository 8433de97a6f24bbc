// expect: a Path<> has no Alias: its name is that in the route pattern
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
  app.post("/", [](Query<int, "n", Alias{"m"}>) -> Task<int> { co_return 1; });
#else
  app.post("/{n}", [](Path<int, "n", Alias{"m"}>) -> Task<int> { co_return 1; });
#endif
}
