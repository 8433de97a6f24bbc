// expect: a Header<> without a name reads headers into a model: Header<Common>
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
  app.post("/", [](Header<Item>) -> Task<int> { co_return 1; });
#else
  app.post("/", [](Header<std::string>) -> Task<int> { co_return 1; });
#endif
}
