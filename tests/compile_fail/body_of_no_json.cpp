// expect: Body<> reads a model or another value that JSON has
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.post("/", [](Body<std::vector<int>>) { return 1; });
#else
  app.post("/", [](Body<const char*>) { return 1; });
#endif
}
