// expect: on_loop() is for plain functions: a coroutine runs on the loop anyway
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", on_loop([] { return 1; }));
#else
  app.get("/", on_loop([]() -> Task<int> { co_return 1; }));
#endif
}
