// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/thread_pool_executor.hpp>
#include <capricorn/loop/to_thread.hpp>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

TEST_CASE("to_thread runs elsewhere and gives the value or throws the exception") {
  run([]() -> Task<> {
    const auto here = std::this_thread::get_id();
    CHECK(co_await to_thread([here](int x) { return std::this_thread::get_id() != here ? x : 0; },
                             3) == 3);
    bool caught = false;
    try {
      co_await to_thread([] { throw std::runtime_error("from a thread"); });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    CHECK(caught);
  }());
}

TEST_CASE("cancelling the await of a running job returns at once; the job goes on alone") {
  struct Job {
    std::latch go{1};
    std::atomic<bool> begun{false};
    std::atomic<bool> ended{false};
  } job;
  run([](Job& j) -> Task<> {
    auto task = create_task([](Job& inner) -> Task<> {
      co_await to_thread([&inner] {
        inner.begun = true;
        inner.go.wait();
        inner.ended = true;
      });
    }(j));
    while (!j.begun) co_await sleep(1ms);  // before, it would never run
    task.cancel();
    co_await sleep(0s);
    co_await sleep(0s);
    CHECK(task.cancelled());
    CHECK_FALSE(j.ended.load());
    j.go.count_down();
  }(job));
  CHECK(job.ended.load());
}

TEST_CASE("a bounded queue refuses what is too much") {
  ThreadPoolExecutor pool({.max_workers = 1, .max_queue = 1, .name = "one"});
  std::latch go(1);
  run([](ThreadPoolExecutor& executor, std::latch& latch) -> Task<> {
    auto wait_there = [](ThreadPoolExecutor& e, std::latch& l) -> Task<> {
      co_await run_in_executor(&e, [&l] { l.wait(); });
    };
    auto a = create_task(wait_there(executor, latch));
    auto b = create_task(wait_there(executor, latch));
    co_await sleep(5ms);
    auto c = create_task(wait_there(executor, latch));
    co_await sleep(0s);
    CHECK(c.done());
    CHECK_THROWS_AS(c.result(), QueueFull);
    latch.count_down();
    co_await a;
    co_await b;
  }(pool, go));
}

// When the executor gets the job

TEST_CASE("run_in_executor gives the job to the pool at the call, and awaiting it later is fine") {
  std::atomic<bool> ran{false};
  run([](std::atomic<bool>& r) -> Task<> {
    auto job = run_in_executor(nullptr, [&r] {
      r = true;
      return 5;
    });
    while (!r.load()) co_await sleep(0s);
    while (get_running_loop().jobs_outside() > 0) co_await sleep(0s);
    CHECK(co_await std::move(job) == 5);  // there already: no suspension
  }(ran));
}

TEST_CASE("what is there already is awaited without suspending") {
  run([]() -> Task<> {
    auto job = run_in_executor(nullptr, [] { return 1; });
    while (get_running_loop().jobs_outside() > 0) co_await sleep(0s);
    bool passed = false;
    get_running_loop().call_soon([&passed] { passed = true; });
    CHECK(co_await std::move(job) == 1);
    CHECK_FALSE(passed);
    co_await sleep(0s);
  }());
}

TEST_CASE("two jobs that were called run at the same time, whatever is awaited first") {
  std::latch both(2);
  run([](std::latch& l) -> Task<> {
    auto a = run_in_executor(nullptr, [&l] { l.arrive_and_wait(); });
    auto b = run_in_executor(nullptr, [&l] { l.arrive_and_wait(); });
    co_await std::move(b);
    co_await std::move(a);
  }(both));
  CHECK(both.try_wait());
}

TEST_CASE("a job that nobody awaits runs, and its failure is told") {
  std::atomic<int> ran{0};
  std::vector<std::string> told;
  run([](std::atomic<int>& r, std::vector<std::string>& out) -> Task<> {
    get_running_loop().set_exception_handler(
        [&out](Loop&, const ExceptionContext& context) { out.push_back(context.message); });
    {
      auto dropped = run_in_executor(nullptr, [&r] { ++r; });
      auto failing = run_in_executor(nullptr, [&r] {
        ++r;
        throw std::runtime_error("alone");
      });
    }
    while (get_running_loop().jobs_outside() > 0) co_await sleep(0s);
    auto late = run_in_executor(nullptr, [&r] {
      ++r;
      throw std::runtime_error("late");
    });
    while (get_running_loop().jobs_outside() > 0) co_await sleep(0s);
  }(ran, told));
  CHECK(ran.load() == 3);
  CHECK(told == std::vector<std::string>(2, "Future exception was never retrieved"));
}

TEST_CASE("to_thread is a coroutine: its thread gets the function when it is awaited") {
  run([]() -> Task<> {
    std::atomic<bool> ran{false};
    auto job = to_thread([&ran] { ran = true; });
    CHECK(get_running_loop().jobs_outside() == 0);
    co_await sleep(0s);
    CHECK_FALSE(ran.load());
    co_await std::move(job);
    CHECK(ran.load());
  }());
}

TEST_CASE("a full queue refuses at the call") {
  std::latch go(1);
  ThreadPoolExecutor pool({.max_workers = 1, .max_queue = 1, .name = "one"});
  run([](ThreadPoolExecutor& e, std::latch& l) -> Task<> {
    auto a = run_in_executor(&e, [&l] { l.wait(); });
    auto b = run_in_executor(&e, [] {});
    CHECK_THROWS_AS(static_cast<void>(run_in_executor(&e, [] {})), QueueFull);
    CHECK(get_running_loop().jobs_outside() == 2);
    l.count_down();
    co_await std::move(a);
    co_await std::move(b);
  }(pool, go));
}
