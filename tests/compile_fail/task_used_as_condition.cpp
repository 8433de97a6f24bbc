// expect: value of type 'Task<bool>' is not contextually convertible to 'bool' | could not convert
// SPDX-License-Identifier: MIT
#include <capricorn/loop/task.hpp>

using namespace capricorn;

Task<bool> allowed();

Task<int> work() {
#ifdef CORRECT
  if (co_await allowed()) co_return 1;
#else
  if (allowed()) co_return 1;
#endif
  co_return 0;
}
