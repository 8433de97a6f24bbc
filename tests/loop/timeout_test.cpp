// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/timeout.hpp>

using namespace capricorn;
using namespace std::chrono_literals;

TEST_CASE("timeout throws TimeoutError and leaves the task uncancelled") {
  run([]() -> Task<> {
    bool timed_out = false;
    try {
      co_await timeout(1ms, [](Timeout&) -> Task<> { co_await sleep(1h); });
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    CHECK(timed_out);
    CHECK(get_running_loop().current_task()->cancelling() == 0);
    co_await sleep(0s);
  }());
}

TEST_CASE("timeout gives the value of what ends in time, and can be rescheduled") {
  CHECK(run([]() -> Task<int> {
          co_return co_await timeout(1ms, [](Timeout& scope) -> Task<int> {
            scope.reschedule(get_running_loop().time() + 1h);
            co_await sleep(2ms);
            co_return 4;
          });
        }()) == 4);
}
