// expect: each of several Body<> parameters has a name: Body<Item, "item">, Body<User, "user">
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Body<Item, "item"> item, Body<Item, "other">) { return *item; });
#else
  app.post("/", [](Body<Item> item, Body<Item, "other">) { return *item; });
#endif
}
