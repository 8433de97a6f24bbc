// expect: a callback is called without arguments
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

void schedule(Loop& loop) {
#ifdef CORRECT
  loop.call_soon([] {});
#else
  loop.call_soon([](int) {});
#endif
}
