// expect: MaxDigits and DecimalPlaces are for a Decimal
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
  app.post("/", [](Query<Decimal, "n", MaxDigits{3}>) -> Task<int> { co_return 1; });
#else
  app.post("/", [](Query<int, "n", MaxDigits{3}>) -> Task<int> { co_return 1; });
#endif
}
