// expect: a Cookie<> without a name reads cookies into a model: Cookie<Session>
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
  app.post("/", [](Cookie<Item>) -> Task<int> { co_return 1; });
#else
  app.post("/", [](Cookie<std::string>) -> Task<int> { co_return 1; });
#endif
}
