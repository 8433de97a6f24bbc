// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/value_task.hpp>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

ValueTask<int> at_once() { return 1; }
ValueTask<int> later() {
  return []() -> Task<int> {
    co_await sleep(0s);
    co_return 2;
  }();
}

}  // namespace

TEST_CASE("a value that is here needs no suspension, another one brings its coroutine") {
  CHECK(run([]() -> Task<int> { co_return co_await at_once() + co_await later(); }()) == 3);
}
