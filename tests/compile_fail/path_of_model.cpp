// expect: Path<> reads a number, bool, std::string or enum: a part of the path is always there
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.get("/users/{id}", [](Path<int, "id">) -> Task<int> { co_return 1; });
#else
  app.get("/users/{id}", [](Path<Item, "id">) -> Task<int> { co_return 1; });
#endif
}
