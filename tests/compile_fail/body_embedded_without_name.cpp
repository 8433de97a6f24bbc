// expect: a Body<> with Embed{} has a name
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
  app.post("/", [](Body<Item, "item", Embed{}>) -> Task<int> { co_return 1; });
#else
  app.post("/", [](Body<Item, "", Embed{}>) -> Task<int> { co_return 1; });
#endif
}
