// expect: no viable conversion from 'int' to 'Query<int, | could not convert
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void declare(App& app) {
#ifdef CORRECT
  app.get("/", [](Query<int, "limit", Default{10}> limit) -> Task<int> { co_return *limit; });
#else
  app.get("/", [](Query<int, "limit"> limit = 10) -> Task<int> { co_return *limit; });
#endif
}
