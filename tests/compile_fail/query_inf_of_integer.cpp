// expect: AllowInfNan is for double and float
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
  app.post("/", [](Query<double, "n", AllowInfNan{false}>) -> Task<int> { co_return 1; });
#else
  app.post("/", [](Query<int, "n", AllowInfNan{false}>) -> Task<int> { co_return 1; });
#endif
}
