// expect: call to deleted function 'sleep' | use of deleted function
// SPDX-License-Identifier: MIT
#include <capricorn/loop/sleep.hpp>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> work() {
#ifdef CORRECT
  co_await sleep(0.5s);
#else
  co_await sleep(1);
#endif
}
