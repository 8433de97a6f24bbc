// expect: a hook is a function or a coroutine without arguments
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.on_startup([]() -> Task<> { co_return; });
#else
  app.on_startup([](Request&) -> Task<> { co_return; });
#endif
}
