// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/loop_monitor.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <algorithm>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

void block(Duration time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

Task<int> slow_db_query() {
  block(20ms);
  co_return 1;
}
Task<int> fast_api_call() {
  co_await sleep(0s);
  co_return 2;
}

bool contains(const std::string& text, std::string_view part) { return text.contains(part); }

const CallbackRecord* find(const std::vector<CallbackRecord>& records, std::string_view name) {
  const auto found =
      std::ranges::find_if(records, [&](const auto& each) { return contains(each.name, name); });
  return found == records.end() ? nullptr : &*found;
}

std::string logged;
struct Log {
  Log() {
    logged.clear();
    set_log_sink(
        [](LogLevel, std::string_view message) noexcept { logged.append(message).append("\n"); });
  }
  ~Log() { set_log_sink(nullptr); }
};

}  // namespace

TEST_CASE("a slow step of a task is recorded under the task's name") {
  const Log log;
  run([]() -> Task<> {
    LoopMonitor monitor(get_running_loop(), 10ms);
    monitor.install();
    co_await create_task(slow_db_query(), {.name = "query"});
    const auto slow = monitor.slow_callbacks();
    const CallbackRecord* record = find(slow, "query");
    REQUIRE(record);
    CHECK(record->name == "query");
    CHECK(record->duration >= 20ms);
    CHECK(record->at <= std::chrono::steady_clock::now() - 20ms);
  }());
  CHECK(contains(logged, "query took 0.0"));
}

TEST_CASE("a task that nobody named is recorded with its coroutine") {
  const Log log;
  run([]() -> Task<> {
    LoopMonitor monitor(get_running_loop(), 10ms);
    monitor.install();
    co_await gather(fast_api_call(), slow_db_query());
    const auto slow = monitor.slow_callbacks();
    CHECK(find(slow, "slow_db_query()"));
    CHECK(find(slow, "Task-"));
  }());
}

TEST_CASE("a step after a wait is recorded under the task's name, too") {
  const Log log;
  run([]() -> Task<> {
    LoopMonitor monitor(get_running_loop(), 10ms);
    monitor.install();
    Future<void> ready(get_running_loop());
    auto task = create_task(
        [](Future<void> future) -> Task<> {
          co_await future;
          block(20ms);
        }(ready),
        {.name = "after a future"});
    co_await sleep(0s);
    ready.set_result();
    co_await task;
    CHECK(find(monitor.slow_callbacks(), "after a future"));
  }());
}

TEST_CASE("a slow callback is recorded with the place where it was created") {
  const Log log;
  Loop loop;
  LoopMonitor monitor(loop, 10ms);
  monitor.install();
  loop.call_soon([] { block(20ms); });
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(find(monitor.slow_callbacks(), "<callback created at loop_monitor_test.cpp:"));
}

TEST_CASE("time within a callback is counted once: an eager task's is its own") {
  const Log log;
  Loop loop;
  LoopMonitor monitor(loop, 10ms);
  monitor.install();
  loop.call_soon([&] {
    loop.create_task(slow_db_query(), {.name = "eager", .eager_start = true});
    loop.stop();
  });
  loop.run_forever();
  const auto slow = monitor.slow_callbacks();
  CHECK(find(slow, "eager"));
  CHECK_FALSE(find(slow, "<callback created at"));
}

TEST_CASE("installing twice is once, and nothing is counted after uninstall") {
  Loop loop;
  LoopMonitor monitor(loop, 1h);
  monitor.uninstall();
  monitor.install();
  monitor.install();
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(monitor.callbacks() == 1);
  monitor.uninstall();
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(monitor.callbacks() == 1);
  monitor.install();
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(monitor.callbacks() == 2);
  CHECK(monitor.slow_callbacks().empty());
}

TEST_CASE("a monitor that goes takes itself off") {
  const Log log;
  Loop loop;
  {
    LoopMonitor monitor(loop, Duration::zero());  // each callback is slow
    monitor.install();
    loop.call_soon([&] { loop.stop(); });
    loop.run_forever();
  }
  CHECK(contains(logged, "Slow callback: "));
  logged.clear();
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(logged.empty());
}

TEST_CASE("a monitor for a scope is installed, and off behind it") {
  const Log log;
  run([]() -> Task<> {
    {
      const LoopMonitor monitor = LoopMonitor::monitor(10ms);
      CHECK(monitor.installed());
      CHECK(monitor.threshold() == 10ms);
      co_await gather(fast_api_call(), slow_db_query());
      CHECK(monitor.slow_callbacks().size() == 1);
    }
    logged.clear();
    co_await create_task(slow_db_query());
    CHECK(logged.empty());
  }());
}

TEST_CASE("a record says whether it was slow, and by how much") {
  CHECK(CallbackRecord{"query", 150300us, 50ms, {}}.text() == "[SLOW] query: 150.3ms");
  CHECK(CallbackRecord{"query", 50ms, 50ms, {}}.text() == "[ok] query: 50.0ms");
}

TEST_CASE("the summary has the counts, the times and the slowest by name") {
  const Log log;
  Loop loop;
  LoopMonitor monitor(loop, 10ms);
  const std::string line = std::string(60, '=') + "\n";
  CHECK(monitor.summary() == line + "Event Loop Debug Summary\n" + line +
                                 "Total time: 0.000s\nCallbacks executed: 0\n"
                                 "Callback throughput: 0/s\n"
                                 "Time in callbacks: 0.000s (0.0ms each)\n"
                                 "Slow callbacks: 0 (>10ms)\n" +
                                 line);
  monitor.install();
  loop.call_soon([&] {
    loop.create_task(slow_db_query(), {.name = "query", .eager_start = true});
    loop.stop();
  });
  loop.run_forever();
  const std::string text = monitor.summary();
  CHECK(contains(text, "Callbacks executed: 2\n"));
  CHECK(contains(text, "Slow callbacks: 1 (>10ms)\n\nTop slow callbacks:\n  [SLOW] query: "));
  CHECK(contains(logged, "Slow callback: query took 0.0"));
  CHECK(contains(logged, "s (threshold: 0.010s)"));
}
