// expect: coroutines cannot be used with call_soon(): use create_task()
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

Task<> work() { co_return; }

void schedule(Loop& loop) {
#ifdef CORRECT
  loop.create_task(work());
#else
  loop.call_soon(work);
#endif
}
