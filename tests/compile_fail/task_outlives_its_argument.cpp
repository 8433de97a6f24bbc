// expect: temporary whose address is used as value of local variable 'task' will be destroyed at
// SPDX-License-Identifier: MIT
// only: clang
#include <capricorn/loop/run.hpp>

using namespace capricorn;

Task<int> twice(const int& number) { co_return 2 * number; }

void start() {
#ifdef CORRECT
  const int number = 42;
  const Task<int> task = twice(number);
#else
  const Task<int> task = twice(42);
#endif
}
