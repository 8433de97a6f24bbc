// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/loop_load.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/task_report.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/to_thread.hpp>

#include <chrono>

#include <capricorn/loop/loop_link.hpp>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

bool about(Duration value, Duration expected) {
  return value >= expected * 4 / 5 && value <= expected * 6 / 5;
}

}  // namespace

TEST_CASE("a loop that did nothing has no delay and is not busy") {
  const LoopWhile none;
  CHECK(none.utilization() == 0);
  CHECK(none.mean_delay() == 0ns);
  CHECK(none.delay(0.99) == 0ns);
}

TEST_CASE("an event waits for what is left of the pass that it meets") {
  LoopWhile spent;
  spent.add_pass(1s, 0s);
  CHECK(spent.utilization() == 1);
  CHECK(about(spent.mean_delay(), 500ms));
  CHECK(about(spent.delay(0.5), 500ms));
  CHECK(about(spent.delay(0.9), 900ms));
  CHECK(spent.longest_pass() == 1s);
  CHECK(spent.slow_passes() == 1);
}

TEST_CASE("most events meet a loop that sleeps") {
  LoopWhile spent;
  for (int i = 0; i < 10; ++i) spent.add_pass(1ms, 99ms);
  CHECK(spent.utilization() == doctest::Approx(0.01));
  CHECK(spent.delay(0.9) == 0ns);
  CHECK(spent.delay(0.999) > 0ns);
  CHECK(spent.passes() == 10);
}

TEST_CASE("two whiles added are one") {
  LoopWhile spent;
  LoopWhile more;
  more.add_pass(3ms, 1ms);
  more.add_pass(200ms, 0ms);
  spent.add(more);
  spent.add(more);
  CHECK(spent.busy() == 406ms);
  CHECK(spent.passes() == 4);
  CHECK(spent.slow_passes() == 2);
  CHECK(spent.longest_pass() == 200ms);
}

TEST_CASE("a loop tells how its passes were, until it is told not to") {
  TestLoop loop;
  LoopLoad load;
  loop.measure(&load);
  loop.run_until_complete([]() -> Task<> { co_await sleep(10s); }());
  const LoopWhile spent = load.take();
  CHECK(spent.passes() > 0);
  CHECK(spent.utilization() < 0.01);
  loop.measure(nullptr);
  loop.run_until_complete([]() -> Task<> { co_await sleep(10s); }());
  CHECK(load.take().passes() == 0);
}

TEST_CASE("jobs of threads count with the loop that waits for them") {
  Loop loop;
  loop.run_until_complete([]() -> Task<> { co_await to_thread([] {}); }());
  const PoolFigures& pool = loop.link()->pool;
  CHECK(pool.queued == 0);
  CHECK(pool.busy == 0);
  std::uint64_t jobs = 0;
  for (const auto& count : pool.waits) jobs += count;
  CHECK(jobs == 1);
}

TEST_CASE("tasks are reported with who waits for them, and where") {
  Loop loop;
  std::vector<TaskReport> reports;
  loop.run_until_complete([](std::vector<TaskReport>& out) -> Task<> {
    auto inner =
        get_running_loop().create_task([]() -> Task<> { co_await sleep(1h); }(), {.name = "inner"});
    auto outer = get_running_loop().create_task(
        [](TaskHandle<> task) -> Task<> { co_await task; }(inner), {.name = "outer"});
    co_await sleep(0s);
    co_await sleep(0s);
    out = report_tasks(get_running_loop());
    outer.cancel();
    inner.cancel();
    co_await sleep(0s);
    co_await sleep(0s);
  }(reports));
  REQUIRE(reports.size() == 3);
  CHECK(reports[1].name == "inner");
  CHECK(reports[1].state == TaskReport::State::kSuspended);
  CHECK(reports[1].awaited_by == std::vector<std::size_t>{2});
  REQUIRE_FALSE(reports[1].frames.empty());
  CHECK(reports[1].created_at.starts_with("loop_load_test.cpp:"));
  CHECK(reports[0].state == TaskReport::State::kRunning);
}
