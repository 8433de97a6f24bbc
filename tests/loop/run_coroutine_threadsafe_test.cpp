// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/run_coroutine_threadsafe.hpp>
#include <capricorn/loop/to_thread.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <scenario.hpp>
#include <string>
#include <string_view>
#include <thread>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// A loop in a thread of its own, for the time of a test.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop.run_forever(); }) {}
  ~LoopThread() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    loop.call_soon_threadsafe([this] { loop.stop(); });
    thread_.join();
  }
  Loop loop;

 private:
  std::thread thread_;
};

}  // namespace

TEST_CASE("another thread gets the value, the exception, or the end of a coroutine") {
  LoopThread thread;
  CHECK(run_coroutine_threadsafe(value(3, 2), thread.loop).get() == 3);
  CHECK_THROWS_WITH_AS(run_coroutine_threadsafe(fail("no", 2), thread.loop).get(), "no",
                       std::runtime_error);
  std::future<void> plain = run_coroutine_threadsafe(passes(2), thread.loop);
  plain.get();
}

TEST_CASE("the coroutine runs on the loop's thread") {
  LoopThread thread;
  auto id = []() -> Task<std::thread::id> { co_return std::this_thread::get_id(); };
  CHECK(run_coroutine_threadsafe(id(), thread.loop).get() != std::this_thread::get_id());
}

TEST_CASE("a value that cannot be copied is handed over") {
  LoopThread thread;
  auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(4); };
  CHECK(*run_coroutine_threadsafe(make(), thread.loop).get() == 4);
}

TEST_CASE("cancel goes through to the task, which may swallow it") {
  LoopThread thread;
  auto sleeping = run_coroutine_threadsafe(forever(), thread.loop);
  CHECK(sleeping.cancel());
  CHECK_THROWS_AS(sleeping.get(), CancelledError);
  std::promise<void> begun;
  auto stubborn = run_coroutine_threadsafe(
      [](std::promise<void>& out) -> Task<int> {
        out.set_value();
        co_return co_await swallow(6);
      }(begun),
      thread.loop);
  begun.get_future().wait();
  CHECK(stubborn.cancel());
  CHECK(stubborn.get() == 6);
}

TEST_CASE("cancel of what is over says so") {
  LoopThread thread;
  auto future = run_coroutine_threadsafe(value(1), thread.loop);
  future.wait();
  CHECK_FALSE(future.cancel());
}

TEST_CASE("many threads at once") {
  LoopThread thread;
  std::atomic<int> sum{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        sum += run_coroutine_threadsafe(value(1, i % 3), thread.loop).get();
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(sum.load() == 200);
}

TEST_CASE("futures may be dropped while their tasks run") {
  LoopThread thread;
  std::atomic<int> ended{0};
  for (int i = 0; i < 100; ++i) {
    auto future = run_coroutine_threadsafe(
        [](std::atomic<int>& n, bool ends) -> Task<> {
          co_await (ends ? passes(2) : passes(1'000'000));
          ++n;
        }(ended, i % 2 == 0),
        thread.loop);
    if (i % 2) CHECK(future.cancel());
  }
  run_coroutine_threadsafe(passes(5), thread.loop).get();
  CHECK(ended.load() == 50);  // who was dropped ran on, who was cancelled did not
}

TEST_CASE("a closed loop takes no coroutine") {
  LoggedLines never_awaited;
  Loop loop;
  loop.close();
  CHECK_THROWS_WITH_AS(run_coroutine_threadsafe(value(1), loop), "Event loop is closed",
                       RuntimeError);
}

TEST_CASE("where the loop goes before the coroutine has ended, get throws and cancel says no") {
  LoggedLines pending;
  auto loop = std::make_unique<Loop>();
  auto begun = run_coroutine_threadsafe(forever(), *loop);
  loop->stop();
  loop->run_forever();
  loop->stop();
  loop->run_forever();
  auto unborn = run_coroutine_threadsafe(forever(), *loop);
  loop->close();
  CHECK_FALSE(begun.cancel());
  loop.reset();
  CHECK_FALSE(begun.cancel());
  CHECK_FALSE(unborn.cancel());
  CHECK_THROWS_AS(begun.get(), std::future_error);
  CHECK_THROWS_AS(unborn.get(), std::future_error);
}

// 1. A job of the loop's pool waited for a coroutine of that loop.
// 2. The loop was closed, and waited for the job.
// 3. Neither ended.
TEST_CASE("a loop closes though a job of its pool waits for a coroutine of it") {
  LoggedLines pending;
  std::atomic<bool> begun{false};
  std::atomic<bool> told{false};
  Loop loop;
  const auto job = [&] {
    auto coroutine = [](std::atomic<bool>& flag) -> Task<> {
      flag = true;
      co_await forever();
    };
    try {
      run_coroutine_threadsafe(coroutine(begun), loop).get();
    } catch (const std::future_error&) {
      told = true;
    }
  };
  loop.run_until_complete([](auto wait, std::atomic<bool>& flag) -> Task<> {
    const auto running = run_in_executor(nullptr, wait);
    while (!flag) co_await sleep(1ms);
  }(job, begun));
  loop.close();
  CHECK(told.load());
}

TEST_CASE("a loop closes though a job of its pool waits for a coroutine that it never began") {
  // Several threads tell at once of a coroutine that was never awaited.
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  for (const auto head_start : {0ms, 5ms}) {
    std::atomic<int> told{0};
    Loop loop;
    const auto job = [&] {
      try {
        run_coroutine_threadsafe(forever(), loop).get();
      } catch (const std::future_error&) {
        ++told;
      } catch (const RuntimeError&) {  // it was closed already
        ++told;
      }
    };
    for (int i = 0; i < 3; ++i) static_cast<void>(loop.run_in_executor(nullptr, job));
    std::this_thread::sleep_for(head_start);
    loop.close();
    CHECK(told.load() == 3);
  }
  set_log_sink(before);
}
