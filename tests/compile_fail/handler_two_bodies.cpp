// expect: a handler takes one Body<>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Body<Item> item) { return *item; });
#else
  app.post("/", [](Body<Item> item, Body<Item>) { return *item; });
#endif
}
