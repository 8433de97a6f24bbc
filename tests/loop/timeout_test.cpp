// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/timeout.hpp>

#include <scenario.hpp>
#include <string>

using namespace capricorn;
using namespace capricorn::test;

namespace {

Task<> sleep_in(Timeout&) { co_await sleep(1h); }

}  // namespace

TEST_CASE("timeout throws TimeoutError and leaves the task uncancelled") {
  run_virtually([]() -> Task<> {
    CHECK(co_await outcome(timeout(5s, sleep_in)) == "TimeoutError");
    CHECK(current_task().cancelling() == 0);
    co_await sleep(0s);
  }());
}

TEST_CASE("timeout gives the value of what ends in time") {
  run([]() -> Task<> {
    CHECK(co_await timeout(1h, value(4, 2)) == 4);
    CHECK(co_await timeout(Duration::max(), value(5)) == 5);
    CHECK(co_await outcome(timeout(1h, fail("own", 1))) == "own");
  }());
}

TEST_CASE("timeout_at takes a time, or none") {
  run_virtually([]() -> Task<> {
    const TimePoint when = get_running_loop().time() + 3s;
    CHECK(co_await outcome(timeout_at(when, sleep_in)) == "TimeoutError");
    CHECK(get_running_loop().time() == when);
    co_await timeout_at(std::nullopt, [](Timeout& scope) -> Task<> {
      CHECK_FALSE(scope.when().has_value());
      co_await sleep(2h);
      CHECK_FALSE(scope.expired());
    });
  }());
}

TEST_CASE("a timeout can be rescheduled, to later and to never") {
  run_virtually([]() -> Task<> {
    co_await timeout(1s, [](Timeout& scope) -> Task<> {
      const TimePoint later = get_running_loop().time() + 1h;
      scope.reschedule(later);
      CHECK(scope.when() == later);
      co_await sleep(2s);
      scope.reschedule(std::nullopt);
      co_await sleep(2h);
    });
  }());
}

TEST_CASE("a timeout can be rescheduled to the past, which is now") {
  run([]() -> Task<> {
    CHECK(co_await outcome(timeout(1h, [](Timeout& scope) -> Task<> {
            scope.reschedule(get_running_loop().time() - 1s);
            CHECK_FALSE(scope.expired());
            co_await sleep(0s);
          })) == "TimeoutError");
  }());
}

TEST_CASE("outside its scope a timeout cannot be rescheduled, and says in which state it is") {
  run_virtually([]() -> Task<> {
    Timeout finished(std::nullopt);
    finished.exit(false);
    CHECK_THROWS_WITH_AS(finished.reschedule(std::nullopt),
                         "Cannot change state of finished Timeout", RuntimeError);
    std::string expiring;
    co_await outcome(timeout(1s, [&](Timeout& scope) -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        CHECK(scope.expired());
        CHECK_THROWS_WITH_AS(scope.reschedule(std::nullopt),
                             "Cannot change state of expiring Timeout", RuntimeError);
        throw;
      }
    }));
    Timeout expired(get_running_loop().time());
    CHECK(co_await outcome(passes(2)) == "CancelledError()");
    CHECK(expired.exit(true));
    CHECK_THROWS_WITH_AS(expired.reschedule(std::nullopt), "Cannot change state of expired Timeout",
                         RuntimeError);
  }());
}

TEST_CASE("a timeout of zero fires at a suspension, the shortest included") {
  run([]() -> Task<> {
    CHECK(co_await outcome(timeout(0s, passes(1))) == "TimeoutError");
    CHECK(co_await outcome(timeout(-1s, passes(1))) == "TimeoutError");
  }());
}

TEST_CASE("a timeout of zero does not fire where nothing suspends") {
  run([]() -> Task<> {
    CHECK(co_await timeout(0s, value(3)) == 3);
    co_await passes(3);
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("a body that swallows the cancellation ends without an error, and has expired") {
  run_virtually([]() -> Task<> {
    bool expired = false;
    const int result = co_await timeout(5s, [&](Timeout& scope) -> Task<int> {
      const int v = co_await swallow(2);
      expired = scope.expired();
      co_return v;
    });
    CHECK(result == 2);
    CHECK(expired);
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("an exception of the body's own is no TimeoutError") {
  run_virtually([]() -> Task<> {
    CHECK(co_await outcome(timeout(5s, []() -> Task<> {
            try {
              co_await sleep(1h);
            } catch (const CancelledError&) {
              throw std::runtime_error("own");
            }
          }())) == "own");
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("a cancellation from outside at the same time wins, and is still counted") {
  run_virtually([]() -> Task<> {
    auto task = create_task(timeout(5s, sleep_in));
    co_await sleep(0s);
    get_running_loop().call_at(get_running_loop().time() + 5s, [&] { task.cancel("outside"); });
    CHECK(co_await outcome(task) == "CancelledError()");
    CHECK(task.cancelled());
    CHECK(task.cancelling() == 1);
  }());
}

TEST_CASE("a cancellation from outside before the deadline is no TimeoutError") {
  run([]() -> Task<> {
    auto task = create_task(timeout(1h, sleep_in));
    co_await passes(2);
    task.cancel("outside");
    CHECK(co_await outcome(task) == "CancelledError(outside)");
  }());
}

TEST_CASE("of two timeouts that expire in one pass, the outer one throws") {
  run_virtually([]() -> Task<> {
    std::string trace;
    const TimePoint when = get_running_loop().time() + 5s;
    trace += co_await outcome(timeout_at(when, [&](Timeout&) -> Task<> {
      try {
        co_await timeout_at(when, sleep_in);
      } catch (const TimeoutError&) {
        trace += "inner TimeoutError ";
      } catch (const CancelledError&) {
        trace += "inner CancelledError ";
        throw;
      }
    }));
    CHECK(trace == "inner CancelledError TimeoutError");
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("an inner timeout leaves the outer one its time") {
  run_virtually([]() -> Task<> {
    std::string trace;
    trace += co_await outcome(timeout(10s, [&](Timeout&) -> Task<> {
      trace += co_await outcome(timeout(5s, sleep_in)) + " ";
      co_await sleep(1h);
    }));
    CHECK(trace == "TimeoutError TimeoutError");
  }());
}

TEST_CASE("in a task that was cancelled before, a timeout still tells its own") {
  run_virtually([]() -> Task<> {
    auto task = create_task([]() -> Task<std::string> {
      co_await swallow(0);
      const std::string how = co_await outcome(timeout(5s, sleep_in));
      co_return how + " " + std::to_string(current_task().cancelling());
    }());
    co_await sleep(0s);
    task.cancel();
    CHECK(co_await task == "TimeoutError 1");
  }());
}

TEST_CASE("a timeout outside of a task is refused") {
  Loop loop;
  std::string message;
  loop.call_soon([&] {
    try {
      Timeout timeout(std::nullopt);
    } catch (const RuntimeError& e) {
      message = e.what();
    }
    loop.stop();
  });
  loop.run_forever();
  CHECK(message == "Timeout should be used inside a task");
}
