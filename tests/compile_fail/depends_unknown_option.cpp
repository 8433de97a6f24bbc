// expect: the options of Depends<> are UseCache{false}, Parallel{} and
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

Task<int> count() { co_return 1; }

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [](Depends<count, UseCache{false}> count) -> Task<int> { co_return *count; });
#else
  app.get("/", [](Depends<count, false> count) -> Task<int> { co_return *count; });
#endif
}
