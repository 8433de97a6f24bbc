// expect: function returns a type 'Task<int>' marked with [[clang::coro_return_type]] but is
// neither a coroutine nor a coroutine wrapper SPDX-License-Identifier: MIT only: clang
#include <capricorn/loop/task.hpp>

using namespace capricorn;

Task<int> fetch(int number);

#ifdef CORRECT
Task<int> work() { co_return co_await fetch(1); }
#else
Task<int> work() { return fetch(1); }
#endif
