// expect: a parameter holds a value of its own: Body<Item>, neither Body<Item&>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

#ifdef CORRECT
Task<int> create(Body<Item> item) { co_return item->id; }
#else
Task<int> create(Body<Item&> item) { co_return item->id; }
#endif

void declare(App& app) { app.post("/items", create); }
