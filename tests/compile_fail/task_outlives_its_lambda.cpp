// expect: temporary whose address is used as value of local variable 'task' will be destroyed at
// SPDX-License-Identifier: MIT
// only: clang
#include <capricorn/loop/run.hpp>

using namespace capricorn;

void start(int number) {
#ifdef CORRECT
  const auto body = [number]() -> Task<int> { co_return number; };
  const Task<int> task = body();
#else
  const Task<int> task = [number]() -> Task<int> { co_return number; }();
#endif
}
