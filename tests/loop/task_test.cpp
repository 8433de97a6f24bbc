// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<int> value(int v) { co_return v; }
Task<int> deep(int n) {
  if (n == 0) co_return 0;
  co_return 1 + co_await deep(n - 1);
}
Task<> append_after(std::string& trace, char c, int yields) {
  for (int i = 0; i < yields; ++i) co_await sleep(0s);
  trace += c;
}
Task<int> fail_after(int yields) {
  for (int i = 0; i < yields; ++i) co_await sleep(0s);
  throw std::runtime_error("failed");
}

}  // namespace

TEST_CASE("awaiting a coroutine does not go through the loop, however often") {
  CHECK(run([]() -> Task<int> {
          int sum = 0;
          for (int i = 0; i < 100000; ++i) sum += co_await value(1);
          co_return sum;
        }()) == 100000);
  CHECK(run(deep(1000)) == 1000);
}

TEST_CASE("create_task starts in the next pass, in order of creation") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    auto a = create_task(append_after(out, 'a', 0));
    auto b = create_task(append_after(out, 'b', 0));
    out += '0';
    co_await b;
    out += '1';
    CHECK(a.done());
  }(trace));
  CHECK(trace == "0ab1");
}

TEST_CASE("an eager task runs to its first suspension at once") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    auto a = create_task(append_after(out, 'a', 0), {.eager_start = true});
    out += '0';
    CHECK(a.done());
    co_await a;
  }(trace));
  CHECK(trace == "a0");
}

TEST_CASE("a task's exception is thrown where it is awaited") {
  CHECK_THROWS_WITH_AS(run(fail_after(2)), "failed", std::runtime_error);
}

TEST_CASE("gather gives values in order; the first exception at once while others run on") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    auto [a, b] = co_await gather(value(1), value(2));
    CHECK(a == 1);
    CHECK(b == 2);
    bool caught = false;
    try {
      co_await gather(fail_after(1), append_after(out, 'x', 5));
    } catch (const std::runtime_error&) {
      caught = true;
    }
    CHECK(caught);
    CHECK(out.empty());
    for (int i = 0; i < 5; ++i) co_await sleep(0s);
    CHECK(out == "x");
  }(trace));
}

TEST_CASE("cancel before the first step: the body never runs") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    auto task = create_task(append_after(out, 'a', 0));
    CHECK(task.cancel());
    co_await sleep(0s);
    CHECK(task.cancelled());
    CHECK_FALSE(task.cancel());
  }(trace));
  CHECK(trace.empty());
}

TEST_CASE("cancelling a sleeper throws CancelledError at its co_await, and it may swallow it") {
  run([]() -> Task<> {
    auto sleeper = create_task([]() -> Task<int> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError& e) {
        co_return e.message == "enough" ? 7 : 0;
      }
      co_return 1;
    }());
    co_await sleep(0s);
    CHECK(sleeper.cancel("enough"));
    CHECK(co_await sleeper == 7);
    CHECK_FALSE(sleeper.cancelled());
    CHECK(sleeper.cancelling() == 1);
    CHECK(sleeper.uncancel() == 0);
  }());
}

TEST_CASE("cancelling a parent cancels the task it awaits and waits for its end") {
  run([]() -> Task<> {
    auto child = create_task([]() -> Task<> { co_await sleep(1h); }());
    auto parent = create_task([](TaskHandle<> c) -> Task<> { co_await c; }(child));
    co_await sleep(0s);
    co_await sleep(0s);
    parent.cancel();
    for (int i = 0; i < 4; ++i) co_await sleep(0s);
    CHECK(child.cancelled());
    CHECK(parent.cancelled());
  }());
}

TEST_CASE("a future is set once, and wakes who awaits it a pass later") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    CHECK_THROWS_WITH_AS(future.result(), "Result is not set.", InvalidStateError);
    auto waiter = create_task([](Future<int> f) -> Task<int> { co_return co_await f; }(future));
    co_await sleep(0s);
    future.set_result(5);
    CHECK_THROWS_AS(future.set_result(6), InvalidStateError);
    CHECK_FALSE(waiter.done());
    co_await sleep(0s);
    CHECK(waiter.done());
    CHECK(waiter.result() == 5);
  }());
}

TEST_CASE("run cancels and drains what main left behind") {
  bool cleaned = false;
  run([](bool& out) -> Task<> {
    static_cast<void>(create_task([](bool& flag) -> Task<> {
      struct Guard {
        bool& f;
        ~Guard() { f = true; }
      } guard{flag};
      co_await sleep(1h);
    }(out)));
    co_await sleep(0s);
  }(cleaned));
  CHECK(cleaned);
}
