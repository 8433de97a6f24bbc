// expect: coroutines cannot be used with call_soon(): use create_task()
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

void schedule(Loop& loop) {
#ifdef CORRECT
  loop.call_soon([] {});
#else
  loop.call_soon([]() -> Task<> { co_return; });
#endif
}
