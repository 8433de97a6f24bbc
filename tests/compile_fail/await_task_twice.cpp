// expect: a Task is awaited once: co_await a call, or std::move(task)
// SPDX-License-Identifier: MIT
#include <capricorn/loop/run.hpp>

using namespace capricorn;

Task<> other() { co_return; }

Task<> work() {
  Task<> task = other();
#ifdef CORRECT
  co_await std::move(task);
#else
  co_await task;
#endif
}
