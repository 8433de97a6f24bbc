// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/shield.hpp>

#include <scenario.hpp>
#include <string>

using namespace capricorn;
using namespace capricorn::test;

namespace {

Task<int> shielded(TaskHandle<int> task) { co_return co_await shield(task); }

}  // namespace

TEST_CASE("shield gives the value or throws the exception") {
  run([]() -> Task<> {
    CHECK(co_await shield(value(3, 2)) == 3);
    co_await shield(passes(1));
    CHECK(co_await outcome(shield(fail("no", 1))) == "no");
  }());
}

TEST_CASE("shielding what is done does not suspend") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    future.set_result(1);
    const auto passed = next_pass();
    CHECK(co_await shield(future) == 1);
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("shield refuses a future of another loop where it is awaited") {
  Loop other;
  const Future<int> foreign(other);
  run([](Future<int> future) -> Task<> {
    CHECK(co_await outcome(shield(future)) ==
          "Task 'Task-1' got Future attached to a different loop");
  }(foreign));
}

TEST_CASE("cancelling who awaits leaves the inner task running") {
  run([]() -> Task<> {
    auto inner = create_task(value(4, 5));
    auto outer = create_task(shielded(inner));
    co_await passes(2);
    outer.cancel("x");
    CHECK(co_await outcome(outer) == "CancelledError(x)");
    CHECK_FALSE(inner.done());
    CHECK(inner.cancelling() == 0);
    CHECK(co_await inner == 4);
  }());
}

TEST_CASE("cancelling the inner task cancels who awaits") {
  run([]() -> Task<> {
    auto inner = create_task(forever());
    auto outer = create_task(shielded(inner));
    co_await passes(2);
    inner.cancel();
    CHECK(co_await outcome(outer) == "CancelledError()");
    CHECK(outer.cancelled());
    CHECK(outer.cancelling() == 0);
  }());
}

TEST_CASE("what the inner task throws after the outer was cancelled goes to the handler, once") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    {
      auto inner = create_task(fail("inner", 5));
      auto outer = create_task(shielded(inner));
      co_await passes(2);
      outer.cancel();
      co_await passes(8);
      CHECK(outer.cancelled());
    }
    CHECK(reports.messages == std::vector<std::string>{"exception in shielded future"});
    CHECK(reports.exceptions == std::vector<std::string>{"inner"});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("what the inner task returns after the outer was cancelled is no error") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    auto outer = create_task(shielded(create_task(value(1, 5))));
    co_await passes(2);
    outer.cancel();
    co_await passes(8);
    CHECK(reports.messages.empty());
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("shield goes on two passes after the inner one ended") {
  run([]() -> Task<> {
    std::string trace;
    Future<int> future = get_running_loop().create_future<int>();
    auto outer = create_task([](Future<int> f, std::string& out) -> Task<> {
      co_await shield(f);
      out += "s ";
    }(future, trace));
    co_await passes(2);
    future.set_result(1);
    for (int i = 0; i < 3; ++i) {
      co_await sleep(0s);
      trace += std::to_string(i) + " ";
    }
    CHECK(trace == "0 s 1 2 ");
    co_await outer;
  }());
}

TEST_CASE("a shielded future that never comes is dropped with its last reference") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    auto outer =
        create_task([](Future<int> f) -> Task<int> { co_return co_await shield(f); }(future));
    co_await passes(2);
    outer.cancel();
    co_await passes(2);
    CHECK(outer.cancelled());
    CHECK_FALSE(future.done());
  }());
}

TEST_CASE("of several that shielded one task and left, its exception is told once") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    {
      auto inner = create_task(fail("inner", 8));
      for (int i = 0; i < 3; ++i) {
        auto outer = create_task(shielded(inner));
        co_await passes(2);
        outer.cancel();
      }
      co_await passes(8);
      CHECK(inner.done());
    }
    CHECK(reports.messages == std::vector<std::string>{"exception in shielded future"});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("a shield within gather, and gather within a shield, keep what is inside from a cancel") {
  run([]() -> Task<> {
    auto first = create_task(value(1, 5));
    auto second = create_task(forever());
    auto beside = create_task([](TaskHandle<int> a, TaskHandle<int> b) -> Task<> {
      co_await gather(shield(a), b);
    }(first, second));
    auto within = create_task([](TaskHandle<int> a) -> Task<> {
      co_await shield(create_task([](TaskHandle<int> b) -> Task<> { co_await gather(b); }(a)));
    }(first));
    co_await passes(3);
    beside.cancel();
    within.cancel();
    CHECK(co_await outcome(beside) == "CancelledError()");
    CHECK(co_await outcome(within) == "CancelledError()");
    CHECK(second.cancelled());
    CHECK(co_await first == 1);
  }());
}
