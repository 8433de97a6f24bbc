// expect: this object can't be used in a co_await expression
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

Task<> other() { co_return; }

Task<> work() {
#ifdef CORRECT
  co_await other();
#else
  co_await 42;
#endif
}
