// expect: co_return gives what the Task<> is of; what a handler's parameter holds is behind a star:
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Body<Item> item) -> Task<Item> { co_return *item; });
#else
  app.post("/", [](Body<Item> item) -> Task<Item> { co_return item; });
#endif
}
