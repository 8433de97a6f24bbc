// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/watchdog.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <scenario.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// What a watchdog reported so far.
class Reports {
 public:
  std::function<void(std::string_view)> sink() {
    return [this](std::string_view text) {
      const std::lock_guard lock(mutex_);
      texts_.emplace_back(text);
      arrived_.notify_all();
    };
  }
  std::string find(std::string_view part, std::size_t number = 0) {
    const std::lock_guard lock(mutex_);
    return find_locked(part, number);
  }
  /// Blocks its thread; false where there is none for too long.
  bool wait_for(std::string_view part, std::size_t number) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, 20s, [&] { return !find_locked(part, number).empty(); });
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return texts_.size();
  }

 private:
  std::string find_locked(std::string_view part, std::size_t number) {
    for (const std::string& each : texts_) {
      if (each.contains(part) && number-- == 0) return each;
    }
    return {};
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> texts_;
};

}  // namespace

/// Blocks its thread until there is such a report, or for too long. Not inline, so that a stack has
/// its name.
[[gnu::noinline]] bool block_until_reported(Reports& reports, std::string_view part,
                                            std::size_t number = 0) {
  const bool reported = reports.wait_for(part, number);
  return reported && reports.size() > 0;  // no call at its very end, which would take its place
}

namespace {

Task<> wait_for_report(Reports& reports, std::string_view part) {
  for (int i = 0; i < 4000 && reports.find(part).empty(); ++i) co_await sleep(5ms);
}

}  // namespace

TEST_CASE("a blocked loop is reported while it is blocked, with its task and its stack") {
  Reports reports;
  bool told = false;
  Loop loop;
  const Watchdog watchdog(loop, {.threshold = 50ms, .report = reports.sink()});
  const int line = __LINE__ + 1;
  auto task = loop.create_task(
      [](Reports& all, bool& result) -> Task<> {
        co_await sleep(1ms);
        result = block_until_reported(all, "is blocked for");
      }(reports, told),
      {.name = "slow_query"});
  loop.run_until_complete(task);
  REQUIRE(told);
  const std::string text = reports.find("is blocked for");
  CHECK(text.starts_with("the event loop is blocked for 0."));
  CHECK(text.contains(
      " by <Task 'slow_query' created at watchdog_test.cpp:" + std::to_string(line) + ">\n"));
#ifdef __linux__
  CHECK(text.contains("    block_until_reported("));
  CHECK(text.contains("test_loop 0x"));
#endif
  CHECK(watchdog.episodes() == 1);
}

TEST_CASE("the end of a blockade is told") {
  Reports reports;
  Loop loop;
  const Watchdog watchdog(loop, {.threshold = 50ms, .report = reports.sink()});
  loop.run_until_complete([](Reports& all) -> Task<> {
    CHECK(block_until_reported(all, "is blocked for"));
    co_await wait_for_report(all, "goes on, after");
  }(reports));
  CHECK(reports.find("the event loop goes on, after").size() > 0);
}

TEST_CASE("a plain callback that blocks is told as one") {
  Reports reports;
  Loop loop;
  const Watchdog watchdog(loop, {.threshold = 50ms, .report = reports.sink()});
  loop.call_soon([&] {
    CHECK(block_until_reported(reports, "is blocked for"));
    loop.stop();
  });
  loop.run_forever();
  CHECK(reports.find("is blocked for").contains(" by a callback\n"));
}

TEST_CASE("the stack of a place is told once") {
  Reports reports;
  Loop loop;
  const Watchdog watchdog(loop, {.threshold = 50ms, .report = reports.sink()});
  loop.run_until_complete([](Reports& all) -> Task<> {
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(block_until_reported(all, "is blocked for", i));
      co_await wait_for_report(all, "goes on");
      co_await sleep(100ms);
    }
  }(reports));
  CHECK(reports.find("is blocked for", 0).contains('\n'));
#ifdef __linux__
  CHECK_FALSE(reports.find("is blocked for", 1).contains('\n'));
  CHECK(reports.find("is blocked for", 2).contains("in the same place as 2 times before"));
#endif
  CHECK(watchdog.episodes() >= 3);
}

TEST_CASE("a loop that sleeps, or does not run, is not blocked") {
  Reports reports;
  Loop loop;
  const Watchdog watchdog(loop, {.threshold = 400ms, .report = reports.sink()});
  loop.run_until_complete([]() -> Task<> { co_await sleep(600ms); }());
  std::this_thread::sleep_for(600ms);
  CHECK(watchdog.episodes() == 0);
  CHECK(reports.size() == 0);
}

TEST_CASE("SIGQUIT lists the live tasks") {
  bool own_descriptors = false;
  SUBCASE("the loop's descriptors") {}
  SUBCASE("descriptors of the watchdog's own") { own_descriptors = true; }
  Reports reports;
  Loop loop;
  const Watchdog watchdog(loop, {.threshold = 200ms,
                                 .dumps_on_sigquit = true,
                                 .own_descriptors = own_descriptors,
                                 .report = reports.sink()});
  auto task = loop.create_task(
      [](Reports& all) -> Task<> {
        CHECK(::kill(::getpid(), SIGQUIT) == 0);
        co_await wait_for_report(all, "(T)");
      }(reports),
      {.name = "asker"});
  loop.run_until_complete(task);
  const std::string text = reports.find("(T)");
  CHECK(text.contains("(T) asker, suspended for"));
  CHECK(text.contains("in wait_for_report() at watchdog_test.cpp:"));
}

TEST_CASE("SIGQUIT of a blocked loop gives its thread's stack") {
  Reports reports;
  Loop loop;
  const Watchdog watchdog(loop,
                          {.threshold = 1h, .dumps_on_sigquit = true, .report = reports.sink()});
  loop.run_until_complete([](Reports& all) -> Task<> {
    CHECK(::kill(::getpid(), SIGQUIT) == 0);
    CHECK(block_until_reported(all, "does not answer"));
    co_return;
  }(reports));
  const std::string text = reports.find("does not answer");
  CHECK(text.starts_with("the event loop does not answer within 0.200 s, it is blocked by <Task "));
#ifdef __linux__
  CHECK(text.contains("block_until_reported("));
#endif
}

TEST_CASE("each of two loops has its own watchdog") {
  Reports reports[2];
  const auto serve = [](Reports& own, const char* name) {
    Loop loop;
    const Watchdog watchdog(loop, {.threshold = 50ms, .report = own.sink()});
    auto task = loop.create_task(
        [](Reports& all) -> Task<> {
          CHECK(block_until_reported(all, "is blocked for"));
          co_return;
        }(own),
        {.name = name});
    loop.run_until_complete(task);
  };
  std::thread other([&] { serve(reports[1], "there"); });
  serve(reports[0], "here");
  other.join();
  CHECK(reports[0].find("is blocked for").contains("<Task 'here'"));
  CHECK(reports[1].find("is blocked for").contains("<Task 'there'"));
}

TEST_CASE("the signals have their old effect when the last watchdog has gone") {
  struct sigaction before = {}, quit_before = {}, after = {};
  REQUIRE(::sigaction(SIGURG, nullptr, &before) == 0);
  REQUIRE(::sigaction(SIGQUIT, nullptr, &quit_before) == 0);  // ignored where nohup started us
  {
    Loop loop;
    const Watchdog first(loop, {.threshold = 1s});
    const Watchdog second(loop, {.threshold = 1s, .dumps_on_sigquit = true});
  }
  REQUIRE(::sigaction(SIGURG, nullptr, &after) == 0);
  CHECK(bool(after.sa_handler == before.sa_handler));
  REQUIRE(::sigaction(SIGQUIT, nullptr, &after) == 0);
  CHECK(bool(after.sa_handler == quit_before.sa_handler));
}

// Its thread had nobody to catch what the report threw, which ended the process.
TEST_CASE("a watchdog that cannot report watches on") {
  const test::LoggedLines logged;
  Reports reports;
  std::atomic<bool> thrown = false;
  const auto report = [&](std::string_view text) {
    if (!thrown.exchange(true)) throw std::bad_alloc();
    reports.sink()(text);
  };
  const auto main = [&]() -> Task<> {
    const Watchdog watchdog(get_running_loop(), {.threshold = 20ms, .report = report});
    for (int i = 0; i < 20000 && !thrown; ++i) std::this_thread::sleep_for(1ms);
    co_await wait_for_report(reports, "goes on");
  };
  run(main());
  CHECK_FALSE(reports.find("the event loop goes on").empty());
  CHECK(test::LoggedLines::lines() == std::vector<std::string>{"std::bad_alloc"});
}
