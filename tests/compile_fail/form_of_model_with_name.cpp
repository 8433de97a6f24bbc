// expect: Form<> reads a number, bool, std::string or enum, an optional of one
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Form<Item> item) { return item->id; });
#else
  app.post("/", [](Form<Item, "item"> item) { return item->id; });
#endif
}
