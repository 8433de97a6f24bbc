// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/future.hpp>

#include <memory>
#include <optional>
#include <scenario.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

Future<int> make() { return get_running_loop().create_future<int>(); }
Task<int> wait_on(Future<int> future) { co_return co_await future; }
Task<> wait_and_append(Future<int> future, std::string& trace, std::string word) {
  co_await future;
  trace += word;
}
const auto kFailure = std::make_exception_ptr(std::runtime_error("failed"));

}  // namespace

TEST_CASE("asking a pending future is an InvalidStateError") {
  run([]() -> Task<> {
    Future<int> future = make();
    CHECK_FALSE(future.done());
    CHECK_THROWS_WITH_AS(future.result(), "Result is not set.", InvalidStateError);
    CHECK_THROWS_WITH_AS(future.exception(), "Exception is not set.", InvalidStateError);
    co_return;
  }());
}

TEST_CASE("awaiting an lvalue gives a reference to the value, awaiting an rvalue the value") {
  run([]() -> Task<> {
    auto future = get_running_loop().create_future<std::string>();
    future.set_result(std::string(100, 'v'));
    std::string& there = co_await future;
    CHECK(&there == &future.result());
    // A reference here would dangle: the future goes with the expression.
    const auto& value = co_await Future<std::string>(future);
    CHECK(&value != &there);
    CHECK(value == there);
    auto owned = get_running_loop().create_future<std::unique_ptr<int>>();
    owned.set_result(std::make_unique<int>(3));
    const std::unique_ptr<int> taken = co_await std::move(owned);
    CHECK(*taken == 3);
  }());
}

TEST_CASE("a future that outlives its loop can be set, and tells the log") {
  LoggedLines log;
  for (const bool made_within : {false, true}) {
    std::optional<Future<int>> failed, given, cancelled;
    {
      Loop loop;
      const auto make_all = [&] {
        failed.emplace(loop);
        given.emplace(loop);
        cancelled.emplace(loop);
        loop.stop();
      };
      if (made_within) {
        loop.call_soon(make_all);
        loop.run_forever();
      } else {
        make_all();
      }
    }
    failed->set_exception(kFailure);
    given->set_result(4);
    CHECK(cancelled->cancel());
    bool called = false;
    given->add_done_callback([&](Future<int>&) { called = true; });
    CHECK(given->result() == 4);
    CHECK_FALSE(called);
    log.lines().clear();
    failed.reset();
    CHECK(log.lines() == std::vector<std::string>{"Future exception was never retrieved: failed"});
  }
}

TEST_CASE("the callbacks of a pending future are dropped when its loop closes") {
  auto held = std::make_shared<int>(1);
  std::optional<Future<int>> kept;
  {
    Loop loop;
    kept.emplace(loop);
    kept->add_done_callback([held](Future<int>&) {});
    Future<int> ring(loop);
    // What it captured keeps it alive.
    ring.add_done_callback([ring, held](Future<int>&) {});
    loop.close();
    CHECK(held.use_count() == 1);
    kept->add_done_callback([held](Future<int>&) {});
    CHECK(held.use_count() == 1);
  }
  kept->set_result(1);
}

TEST_CASE("a future with callbacks may go on another thread while its loop closes") {
  for (int i = 0; i < 50; ++i) {
    auto held = std::make_shared<int>(1);
    Loop loop;
    std::optional<Future<int>> future(loop);
    future->add_done_callback([held](Future<int>&) {});
    std::thread other([&future] { future.reset(); });
    loop.close();
    other.join();
    CHECK(held.use_count() == 1);
  }
}

TEST_CASE("a future is set once") {
  run([]() -> Task<> {
    Future<int> future = make();
    future.set_result(5);
    CHECK_THROWS_WITH_AS(future.set_result(6), "invalid state", InvalidStateError);
    CHECK_THROWS_WITH_AS(future.set_exception(kFailure), "invalid state", InvalidStateError);
    CHECK_FALSE(future.cancel());
    CHECK(future.result() == 5);
    CHECK(future.exception() == nullptr);
    co_return;
  }());
}

TEST_CASE("a cancelled future takes no result, and says why it was cancelled") {
  run([]() -> Task<> {
    Future<int> future = make();
    CHECK(future.cancel("why"));
    CHECK_FALSE(future.cancel("again"));
    CHECK(future.done());
    CHECK(future.cancelled());
    CHECK_THROWS_WITH_AS(future.set_result(6), "invalid state", InvalidStateError);
    CHECK(co_await outcome(future) == "CancelledError(why)");
    CHECK(co_await outcome(future) == "CancelledError(why)");
    CHECK_THROWS_AS(future.exception(), CancelledError);
  }());
}

TEST_CASE("an exception is thrown at every await") {
  run([]() -> Task<> {
    Future<int> future = make();
    future.set_exception(kFailure);
    CHECK(co_await outcome(future) == "failed");
    CHECK(co_await outcome(future) == "failed");
    CHECK_THROWS_WITH_AS(future.result(), "failed", std::runtime_error);
    CHECK(future.exception() == kFailure);
  }());
}

TEST_CASE("no exception is no exception to set") {
  run([]() -> Task<> {
    Future<int> future = make();
    CHECK_THROWS_WITH_AS(future.set_exception(nullptr), "invalid exception object",
                         std::invalid_argument);
    CHECK_FALSE(future.done());
    co_return;
  }());
}

TEST_CASE("awaiting a future that is done does not suspend") {
  run([]() -> Task<> {
    Future<int> future = make();
    future.set_result(1);
    const auto passed = next_pass();
    CHECK(co_await future == 1);
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("who waits goes on exactly one pass later, in order with callbacks and call_soon") {
  run([]() -> Task<> {
    std::string trace;
    Future<int> future = make();
    future.add_done_callback([&](Future<int>&) { trace += "c1 "; });
    auto a1 = create_task(wait_and_append(future, trace, "a1 "));
    co_await sleep(0s);
    future.add_done_callback([&](Future<int>&) { trace += "c2 "; });
    auto a2 = create_task(wait_and_append(future, trace, "a2 "));
    co_await sleep(0s);
    future.set_result(1);
    get_running_loop().call_soon([&] { trace += "soon "; });
    trace += "set ";
    co_await sleep(0s);
    trace += "next ";
    CHECK(trace == "set c1 a1 c2 a2 soon next ");
  }());
}

TEST_CASE("a callback added to a future that is done comes with the next pass") {
  run([]() -> Task<> {
    Future<int> future = make();
    future.set_result(3);
    int seen = 0;
    future.add_done_callback([&](Future<int>& done) { seen = done.result(); });
    CHECK(seen == 0);
    co_await sleep(0s);
    CHECK(seen == 3);
  }());
}

TEST_CASE("what a done callback throws goes to the exception handler, and the next one runs") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    Future<int> future = make();
    bool ran = false;
    future.add_done_callback([](Future<int>&) { throw std::runtime_error("callback"); });
    future.add_done_callback([&](Future<int>&) { ran = true; });
    future.set_result(1);
    co_await sleep(0s);
    CHECK(ran);
    CHECK(reports.exceptions == std::vector<std::string>{"callback"});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("the callback has the future even where nobody else holds it any more") {
  run([]() -> Task<> {
    int seen = 0;
    {
      Future<int> future = make();
      future.add_done_callback([&](Future<int>& done) { seen = done.result(); });
      future.set_result(9);
    }
    co_await sleep(0s);
    CHECK(seen == 9);
  }());
}

TEST_CASE("a future that is dropped pending drops its callbacks") {
  run([]() -> Task<> {
    auto held = std::make_shared<int>(1);
    {
      Future<int> future = make();
      future.add_done_callback([held](Future<int>&) {});
    }
    CHECK(held.use_count() == 1);
    co_return;
  }());
}

TEST_CASE("cancelling one task that awaits a bare future cancels it for all") {
  run([]() -> Task<> {
    Future<int> future = make();
    auto a = create_task(wait_on(future));
    auto b = create_task(wait_on(future));
    co_await sleep(0s);
    a.cancel("a");
    CHECK(future.cancelled());
    CHECK(co_await outcome(b) == "CancelledError(a)");
    CHECK(a.cancelled());
    CHECK(b.cancelling() == 0);
  }());
}

TEST_CASE("a future of another loop cannot be awaited") {
  Loop other;
  Future<int> foreign = other.create_future<int>();
  run([](Future<int> future) -> Task<> {
    CHECK(co_await outcome(future) == "Task 'Task-1' got Future attached to a different loop");
  }(foreign));
}

TEST_CASE("a future holds what cannot be copied, and void") {
  run([]() -> Task<> {
    Future<std::unique_ptr<int>> pointer = get_running_loop().create_future<std::unique_ptr<int>>();
    pointer.set_result(std::make_unique<int>(4));
    CHECK(*co_await pointer == 4);
    Future<void> nothing = get_running_loop().create_future<void>();
    nothing.set_result();
    co_await nothing;
    CHECK(nothing.done());
  }());
}

TEST_CASE("references to one future are equal") {
  run([]() -> Task<> {
    Future<int> a = make();
    Future<int> b = a;
    CHECK(a == b);
    CHECK(a != make());
    co_return;
  }());
}
