// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/thread_pool_executor.hpp>
#include <capricorn/loop/to_thread.hpp>

#include <atomic>
#include <latch>
#include <thread>

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
  std::latch go(1);
  std::atomic<bool> ended{false};
  run([](std::latch& latch, std::atomic<bool>& done) -> Task<> {
    auto task = create_task([](std::latch& l, std::atomic<bool>& d) -> Task<> {
      co_await to_thread([&l, &d] {
        l.wait();
        d = true;
      });
    }(latch, done));
    co_await sleep(5ms);
    task.cancel();
    co_await sleep(0s);
    co_await sleep(0s);
    CHECK(task.cancelled());
    CHECK_FALSE(done.load());
    latch.count_down();
  }(go, ended));
  CHECK(ended.load());
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
