// expect: no viable conversion from returned value of type 'int' to function return type
// 'Task<int>' | could not convert SPDX-License-Identifier: MIT
#include <capricorn/loop/task.hpp>

using namespace capricorn;

#ifdef CORRECT
Task<int> work() { co_return 1; }
#else
Task<int> work() { return 1; }
#endif
