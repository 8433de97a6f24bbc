// expect: a Task is awaited once: move it
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

Task<> work() { co_return; }

void copy() {
  Task<> task = work();
#ifdef CORRECT
  Task<> other = std::move(task);
#else
  Task<> other = task;
#endif
}
