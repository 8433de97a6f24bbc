// expect: a Pattern is for a std::string
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
  app.post("/", [](Query<std::string, "n", Pattern{"^a"}>) -> Task<int> { co_return 1; });
#else
  app.post("/", [](Query<int, "n", Pattern{"^a"}>) -> Task<int> { co_return 1; });
#endif
}
