// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <cstdlib>
#include <string>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

std::string logged;
struct Log {
  Log() {
    logged.clear();
    set_log_sink(
        [](LogLevel, std::string_view message) noexcept { logged.append(message).append("\n"); });
  }
  ~Log() { set_log_sink(nullptr); }
};

void block(Duration time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

Task<> slow_db_query() {
  block(150ms);
  co_return;
}

std::string line_number(int line) { return std::to_string(line); }

}  // namespace

TEST_CASE("debug mode logs a task that takes 100 ms, with its name and where it was created") {
  const Log log;
  int line = 0;
  run(
      [](int& at) -> Task<> {
        at = __LINE__ + 1;
        auto task = create_task(slow_db_query(), {.name = "slow_db_query"});
        co_await task;
      }(line),
      {.debug = true});
  CHECK(logged.contains("Executing <Task 'slow_db_query' created at debug_test.cpp:" +
                        line_number(line) + "> took 0."));
  CHECK(logged.contains(" seconds\n"));
}

TEST_CASE("debug mode names the coroutine of a task that has no name") {
  const Log log;
  run([]() -> Task<> { co_await create_task(slow_db_query()); }(), {.debug = true});
  CHECK(logged.contains("slow_db_query() created at debug_test.cpp:"));
}

TEST_CASE("debug mode logs a slow callback with the place where it was created") {
  const Log log;
  Loop loop;
  loop.set_debug(true);
  loop.slow_callback_duration = 10ms;
  const int line = __LINE__ + 1;
  loop.call_soon([] { block(20ms); });
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(logged.contains("Executing <callback created at debug_test.cpp:" + line_number(line) +
                        "> took 0.0"));
}

TEST_CASE("without debug mode nothing is logged") {
  const Log log;
  Loop loop;
  loop.set_debug(false);
  loop.slow_callback_duration = 1ms;
  loop.call_soon([] { block(5ms); });
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(logged.empty());
}

TEST_CASE("a task's step that follows a sleep is logged under its name") {
  const Log log;
  Loop loop;
  loop.set_debug(true);
  loop.slow_callback_duration = 10ms;
  loop.run_until_complete([]() -> Task<> {
    co_await create_task(
        []() -> Task<> {
          co_await sleep(1ms);
          block(20ms);
        }(),
        {.name = "sleeper"});
  }());
  CHECK(logged.contains("Executing <Task 'sleeper' created at"));
}

TEST_CASE("CAPRICORN_DEBUG=1 in the environment turns debug mode on") {
  const char* before = std::getenv("CAPRICORN_DEBUG");
  const std::string kept = before ? before : "";
  ::setenv("CAPRICORN_DEBUG", "1", 1);
  CHECK(Loop().get_debug());
  ::setenv("CAPRICORN_DEBUG", "0", 1);
  CHECK_FALSE(Loop().get_debug());
  ::unsetenv("CAPRICORN_DEBUG");
  CHECK_FALSE(Loop().get_debug());
  if (before) ::setenv("CAPRICORN_DEBUG", kept.c_str(), 1);
}

TEST_CASE("debug mode refuses call_soon from another thread") {
  bool refused = false;
  run(
      [](bool& result) -> Task<> {
        Loop& loop = get_running_loop();
        std::thread([&] {
          try {
            loop.call_soon([] {});
          } catch (const RuntimeError&) {
            result = true;
          }
        }).join();
        co_return;
      }(refused),
      {.debug = true});
  CHECK(refused);
}
