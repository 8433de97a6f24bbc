// expect: no matching member function for call to 'create_task' | no matching function for call
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

Task<> work() { co_return; }

void schedule(Loop& loop) {
#ifdef CORRECT
  loop.create_task(work());
#else
  loop.create_task(work);
#endif
}
