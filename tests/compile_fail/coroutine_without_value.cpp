// expect: non-void coroutine does not return a value
// SPDX-License-Identifier: MIT
// only: clang
#include <capricorn/loop/task.hpp>

using namespace capricorn;

Task<int> work(bool early) {
  if (early) co_return 1;
#ifdef CORRECT
  co_return 2;
#endif
}
