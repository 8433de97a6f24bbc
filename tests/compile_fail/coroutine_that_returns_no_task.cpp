// expect: this function cannot be a coroutine | unable to find the promise type for this coroutine
// SPDX-License-Identifier: MIT
#include <capricorn/loop/task.hpp>

using namespace capricorn;

Task<int> fetch();

#ifdef CORRECT
Task<int> work() { co_return co_await fetch(); }
#else
int work() { return co_await fetch(); }
#endif
