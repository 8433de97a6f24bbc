// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/as_completed.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/wait.hpp>

#include <memory>
#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// A task that gathers two, so that it can be cancelled.
template <class... A>
Task<> gather_all(A... awaitables) {
  co_await gather(std::move(awaitables)...);
}
Task<int> fail_when_cancelled(std::string what) {
  try {
    co_await sleep(1h);
  } catch (const CancelledError&) {
    throw std::runtime_error(what);
  }
  co_return 0;
}

}  // namespace

TEST_CASE("gather gives values in the order of its arguments, whoever ends first") {
  run([]() -> Task<> {
    auto [a, b, c] =
        co_await gather(value(1, 3), append(*std::make_unique<std::string>(), "", 0), value(3, 1));
    CHECK(a == 1);
    CHECK(b == std::monostate());
    CHECK(c == 3);
  }());
}

TEST_CASE("gather takes coroutines, tasks and futures, and a vector of one kind") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    future.set_result(2);
    auto [a, b, c] = co_await gather(value(1), future, create_task(value(3)));
    CHECK(a + b + c == 6);
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 10; ++i) tasks.push_back(value(i, 10 - i));
    const std::vector<int> values = co_await gather(std::move(tasks));
    for (int i = 0; i < 10; ++i) CHECK(values[static_cast<std::size_t>(i)] == i);
  }());
}

TEST_CASE("gather schedules at the call, in order") {
  run([]() -> Task<> {
    std::string trace;
    auto all = gather(append(trace, "a"), append(trace, "b"));
    co_await passes(2);
    CHECK(trace == "ab");
    co_await std::move(all);
  }());
}

TEST_CASE("gather of nothing is done") {
  run([]() -> Task<> {
    const auto passed = next_pass();
    CHECK((co_await gather(std::vector<Task<int>>())).empty());
    co_await gather();
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("gather of what is done does not suspend") {
  run([]() -> Task<> {
    auto a = create_task(value(1));
    auto b = create_task(value(2));
    co_await passes(2);
    const auto passed = next_pass();
    auto [x, y] = co_await gather(a, b);
    CHECK(x + y == 3);
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("gather throws a failure that is there already without waiting for the rest") {
  run([]() -> Task<> {
    auto a = create_task(forever());
    auto b = create_task(fail("there"));
    co_await passes(2);
    const auto passed = next_pass();
    CHECK(co_await outcome(gather(a, b)) == "there");
    CHECK_FALSE(*passed);
    a.cancel();
  }());
}

TEST_CASE("gather goes on two passes after its last child ended") {
  run([]() -> Task<> {
    std::string trace;
    Future<int> future = get_running_loop().create_future<int>();
    auto gathering = create_task([](Future<int> f, std::string& out) -> Task<> {
      co_await gather(f);
      out += "g ";
    }(future, trace));
    co_await passes(2);
    future.set_result(1);
    for (int i = 0; i < 3; ++i) {
      co_await sleep(0s);
      trace += std::to_string(i) + " ";
    }
    CHECK(trace == "0 g 1 2 ");
    co_await gathering;
  }());
}

TEST_CASE("the first exception in time is thrown at once, and the others run on") {
  run([]() -> Task<> {
    std::string trace;
    CHECK(co_await outcome(gather(fail("late", 3), fail("early", 1), append(trace, "x", 6))) ==
          "early");
    CHECK(trace.empty());
    co_await passes(6);
    CHECK(trace == "x");
  }());
}

TEST_CASE("later exceptions are swallowed: nobody is told of them") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    CHECK(co_await outcome(gather(fail("early", 1), fail("late", 4))) == "early");
    co_await passes(8);
    CHECK(reports.messages.empty());
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("one that is given twice runs once") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task(append(trace, "once"));
    co_await gather(task, task);
    CHECK(trace == "once");
    auto number = create_task(value(4));
    auto [a, b] = co_await gather(number, number);
    CHECK(a == 4);
    CHECK(b == 4);
  }());
}

TEST_CASE("return_exceptions: failures and cancellations are values") {
  run([]() -> Task<> {
    auto cancelled = create_task(forever());
    co_await sleep(0s);
    cancelled.cancel("x");
    auto [a, b, c] = co_await gather(return_exceptions, value(1), fail("b", 2), cancelled);
    CHECK(a.value() == 1);
    CHECK(text_of(b.error()) == "b");
    CHECK(text_of(c.error()) == "CancelledError(x)");
  }());
}

TEST_CASE("return_exceptions over a vector") {
  run([]() -> Task<> {
    std::vector<Task<int>> tasks;
    tasks.push_back(fail("first"));
    tasks.push_back(value(2));
    auto results = co_await gather(return_exceptions, std::move(tasks));
    CHECK(text_of(results[0].error()) == "first");
    CHECK(results[1].value() == 2);
  }());
}

TEST_CASE("a cancelled child is a CancelledError of gather's, and the others are not cancelled") {
  run([]() -> Task<> {
    auto a = create_task(forever());
    auto b = create_task(forever());
    co_await sleep(0s);
    a.cancel("x");
    CHECK(co_await outcome(gather(a, b)) == "CancelledError(x)");
    CHECK_FALSE(b.done());
    CHECK(b.cancelling() == 0);
    CHECK(current_task().cancelling() == 0);
    b.cancel();
  }());
}

// Cancelled from outside

TEST_CASE("cancelling gather cancels every child that is unfinished, and none that is") {
  run([]() -> Task<> {
    auto done = create_task(value(1));
    auto a = create_task(forever());
    auto b = create_task(forever());
    auto all = create_task(gather_all(done, a, b));
    co_await passes(3);
    all.cancel("why");
    CHECK(co_await outcome(all) == "CancelledError(why)");
    CHECK(all.cancelled());
    CHECK(a.cancelled());
    CHECK(b.cancelled());
    CHECK(done.cancelling() == 0);
  }());
}

TEST_CASE("a cancelled gather ends when all its children have ended") {
  run([]() -> Task<> {
    std::string trace;
    auto all = create_task([](std::string& out) -> Task<> {
      try {
        co_await gather(clean_up_slowly(out, "a ", 0), clean_up_slowly(out, "b ", 4));
      } catch (const CancelledError&) {
        out += "gather ";
        throw;
      }
    }(trace));
    co_await passes(2);
    all.cancel();
    co_await passes(12);
    CHECK(trace == "a b gather ");
    CHECK(all.cancelled());
  }());
}

TEST_CASE("a cancelled gather throws CancelledError though every child swallows") {
  run([]() -> Task<> {
    auto all = create_task(gather_all(swallow(1), swallow(2)));
    co_await passes(2);
    all.cancel("why");
    CHECK(co_await outcome(all) == "CancelledError(why)");
    CHECK(all.cancelled());
  }());
}

TEST_CASE("a cancelled gather throws CancelledError though a child fails in its clean-up") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    auto all = create_task(gather_all(fail_when_cancelled("own"), forever()));
    co_await passes(2);
    all.cancel();
    CHECK(co_await outcome(all) == "CancelledError()");
    CHECK(reports.messages.empty());
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("a cancelled gather throws CancelledError with return_exceptions, too") {
  run([]() -> Task<> {
    std::string trace;
    auto all = create_task([](std::string& out) -> Task<> {
      co_await gather(return_exceptions, clean_up_slowly(out, "slow", 3), swallow(1));
    }(trace));
    co_await passes(2);
    all.cancel();
    CHECK(co_await outcome(all) == "CancelledError()");
    CHECK(trace == "slow");
  }());
}

TEST_CASE("cancelled when its result is there but not consumed, gather throws CancelledError") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    auto all = create_task(gather_all(future));
    co_await passes(2);
    future.set_result(1);
    co_await sleep(0s);
    all.cancel("late");
    CHECK(co_await outcome(all) == "CancelledError(late)");
  }());
}

TEST_CASE("gather moves what cannot be copied") {
  run([]() -> Task<> {
    auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(1); };
    auto [a, b] = co_await gather(make(), create_task(make()));
    CHECK(*a + *b == 2);
  }());
}

// gather listens from its call on, not from its await

TEST_CASE("the first exception in time is thrown, also of those before the await") {
  run([]() -> Task<> {
    auto all = gather(fail("late", 4), fail("early", 1));
    co_await passes(10);
    const auto passed = next_pass();
    CHECK(co_await outcome(std::move(all)) == "early");
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("of those that had failed when gather was called the first by argument is thrown") {
  run([]() -> Task<> {
    auto a = create_task(fail("second in time", 1));
    auto b = create_task(fail("first in time"));
    co_await passes(4);
    CHECK(co_await outcome(gather(a, b)) == "second in time");
  }());
}

TEST_CASE("a gather whose children ended before the await does not suspend") {
  run([]() -> Task<> {
    auto all = gather(value(1), value(2, 1));
    co_await passes(5);
    const auto passed = next_pass();
    auto [a, b] = co_await std::move(all);
    CHECK(a + b == 3);
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("a gather that nobody awaits leaves its tasks running, and their failures are told") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    std::string trace;
    {
      static_cast<void>(gather(append(trace, "ran", 2), fail("alone", 1)));
    }
    co_await passes(6);
    CHECK(trace == "ran");
    CHECK(reports.messages == std::vector<std::string>{"Task exception was never retrieved"});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("a gather may be moved before it is awaited, within another one too") {
  run([]() -> Task<> {
    auto inner = gather(value(1, 1), value(2, 2));
    auto moved = std::move(inner);
    auto [pair, three] = co_await gather(std::move(moved), value(3));
    CHECK(std::get<0>(pair) + std::get<1>(pair) + three == 6);
  }());
}

TEST_CASE("futures of several loops are refused") {
  run([]() -> Task<> {
    constexpr const char* kText =
        "The future belongs to a different loop than the one specified as the loop argument";
    Loop other;
    Future<int> mine = get_running_loop().create_future<int>();
    Future<int> theirs = other.create_future<int>();
    CHECK_THROWS_WITH_AS(static_cast<void>(gather(mine, theirs)), kText, std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(gather(std::vector{theirs, mine})), kText,
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(static_cast<void>(gather(theirs)), kText, std::invalid_argument);
    CHECK_THROWS_WITH_AS(as_completed(std::vector{theirs}), kText, std::invalid_argument);
    CHECK(co_await outcome(wait(std::vector{mine, theirs})) == kText);
  }());
}
