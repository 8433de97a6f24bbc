// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/as_completed.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/shield.hpp>
#include <capricorn/loop/thread_pool_executor.hpp>
#include <capricorn/loop/to_thread.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <scenario.hpp>
#include <semaphore>
#include <string>
#include <tuple>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

TEST_CASE("wait_for gives the value of what ends in time, within the same task") {
  run([]() -> Task<> {
    CHECK(co_await wait_for(value(3, 2), 1h) == 3);
    auto name = []() -> Task<std::string> { co_return current_task().name(); };
    CHECK(co_await wait_for(name(), 1h) == "Task-1");
    CHECK(co_await wait_for(create_task(value(4)), 1h) == 4);
    CHECK(co_await wait_for(value(5), std::nullopt) == 5);
    CHECK(co_await wait_for(value(6), Duration::max()) == 6);
  }());
}

TEST_CASE("TimeoutError comes after the clean-up, and the task is not left cancelled") {
  run_virtually([]() -> Task<> {
    std::string trace;
    CHECK(co_await outcome(wait_for(clean_up_slowly(trace, "clean", 3), 5s)) == "TimeoutError");
    CHECK(trace == "clean");
    CHECK(current_task().cancelling() == 0);
    co_await sleep(0s);
  }());
}

TEST_CASE("a task that is waited for is cancelled") {
  run_virtually([]() -> Task<> {
    auto task = create_task(forever());
    CHECK(co_await outcome(wait_for(task, 5s)) == "TimeoutError");
    CHECK(task.cancelled());
  }());
}

TEST_CASE("the value of one that swallows its cancellation is returned") {
  run_virtually([]() -> Task<> {
    CHECK(co_await wait_for(swallow(8), 5s) == 8);
    CHECK(co_await wait_for(create_task(swallow(9)), 5s) == 9);
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("another exception than CancelledError passes through") {
  run_virtually([]() -> Task<> {
    CHECK(co_await outcome(wait_for(fail("own", 2), 1h)) == "own");
    auto fails = []() -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        throw std::runtime_error("clean-up");
      }
    };
    CHECK(co_await outcome(wait_for(fails(), 5s)) == "clean-up");
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("cancelled from outside: CancelledError, and the awaited is cancelled") {
  run([]() -> Task<> {
    auto inner = create_task(forever());
    auto outer = create_task(wait_for(inner, 1h));
    co_await passes(2);
    outer.cancel("m");
    CHECK(co_await outcome(outer) == "CancelledError(m)");
    CHECK(inner.cancelled());
    CHECK(outer.cancelled());
  }());
}

TEST_CASE("result and deadline in one pass: TimeoutError, and the future keeps its value") {
  run_virtually([]() -> Task<> {
    Loop& loop = get_running_loop();
    Future<int> future = loop.create_future<int>();
    loop.call_at(loop.time() + 5s, [&] { future.set_result(7); });
    CHECK(co_await outcome(wait_for(future, 5s)) == "TimeoutError");
    CHECK(future.result() == 7);
  }());
}

TEST_CASE("a shielded task lives on after the deadline") {
  run_virtually([]() -> Task<> {
    auto task = create_task([]() -> Task<int> {
      co_await sleep(10s);
      co_return 5;
    }());
    CHECK(co_await outcome(wait_for(shield(task), 5s)) == "TimeoutError");
    CHECK(co_await task == 5);
  }());
}

// Without time

TEST_CASE("without time, a coroutine's body never runs") {
  run([]() -> Task<> {
    std::string trace;
    CHECK(co_await outcome(wait_for(append(trace, "ran"), 0s)) == "TimeoutError");
    CHECK(co_await outcome(wait_for(append(trace, "ran"), -1s)) == "TimeoutError");
    CHECK(trace.empty());
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("without time, what is done already is given or thrown") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    future.set_result(3);
    CHECK(co_await wait_for(future, 0s) == 3);
    auto failed = create_task(fail("x"));
    co_await passes(2);
    CHECK(co_await outcome(wait_for(failed, -1s)) == "x");
  }());
}

TEST_CASE("without time, what goes on from its call is given where it is there already") {
  run([]() -> Task<> {
    auto one = create_task(value(1));
    auto two = create_task(value(2));
    auto job = run_in_executor(nullptr, [] { return 3; });
    while (get_running_loop().jobs_outside() > 0) co_await sleep(1ms);
    CHECK(co_await wait_for(shield(one), 0s) == 1);
    CHECK(co_await wait_for(gather(one, two), -1s) == std::tuple(1, 2));
    CHECK(co_await wait_for(gather(std::vector{one, two}), 0s) == std::vector{1, 2});
    CHECK(co_await wait_for(std::move(job), 0s) == 3);
  }());
}

TEST_CASE("without time, what goes on from its call and is not there is cancelled") {
  run([]() -> Task<> {
    ThreadPoolExecutor pool({.max_workers = 1});
    std::binary_semaphore hold(0);
    auto held = run_in_executor(&pool, [&hold] { hold.acquire(); });
    bool ran = false;
    auto queued = run_in_executor(&pool, [&ran] { ran = true; });
    CHECK(co_await outcome(wait_for(std::move(queued), 0s)) == "TimeoutError");
    auto child = create_task(forever());
    CHECK(co_await outcome(wait_for(gather(child, value(1)), 0s)) == "TimeoutError");
    CHECK(child.cancelled());
    auto inner = create_task(value(2, 5));
    CHECK(co_await outcome(wait_for(shield(inner), 0s)) == "TimeoutError");
    CHECK(co_await inner == 2);
    hold.release();
    co_await std::move(held);
    CHECK_FALSE(ran);
  }());
}

TEST_CASE("without time, a task that swallows its cancellation gives its value") {
  run([]() -> Task<> {
    auto task = create_task(swallow(8));
    co_await sleep(0s);
    CHECK(co_await wait_for(task, 0s) == 8);
  }());
}

TEST_CASE("without time, a cancellation from outside during the clean-up is no TimeoutError") {
  run([]() -> Task<> {
    std::string trace;
    auto inner = create_task(clean_up_slowly(trace, "clean", 5));
    co_await sleep(0s);
    auto outer = create_task(wait_for(inner, 0s));
    co_await passes(2);
    outer.cancel("m");
    CHECK(co_await outcome(outer) == "CancelledError(m)");
    CHECK(outer.cancelled());
    CHECK(trace.empty());
    CHECK(co_await outcome(inner) == "CancelledError()");
  }());
}

TEST_CASE("what nanoseconds cannot say is for ever, or long ago") {
  run([]() -> Task<> {
    constexpr auto kForever = std::chrono::hours::max();
    CHECK(co_await wait_for(value(1, 2), kForever) == 1);
    CHECK(co_await timeout(kForever, value(2, 2)) == 2);
    CHECK(co_await timeout(kForever, [](Timeout& scope) -> Task<int> {
            CHECK(scope.when() == TimePoint::max());
            co_return co_await value(3, 2);
          }) == 3);
    const auto [done, pending] =
        co_await wait(std::vector{create_task(value(4, 2))}, {.timeout = kForever});
    CHECK(done.size() == 1);
    auto results = as_completed(std::vector{create_task(value(5, 2))}, kForever);
    CHECK(co_await results.next());
    Loop& loop = get_running_loop();
    TimerHandle timer = loop.call_later(kForever, [] { FAIL("it is never due"); });
    CHECK(timer.when() == TimePoint::max());
    timer.cancel();
    CHECK(loop.call_later(std::chrono::duration<double>(1e300), [] {}).when() == TimePoint::max());
    CHECK(loop.call_later(std::chrono::hours::min(), [] {}).when() < loop.time());
    CHECK_THROWS_AS(co_await wait_for(value(6, 2), std::chrono::hours::min()), TimeoutError);
    co_await sleep(std::chrono::hours::min());
  }());
}
