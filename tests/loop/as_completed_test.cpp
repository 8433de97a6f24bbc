// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/as_completed.hpp>

#include <algorithm>
#include <optional>
#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

using Handles = std::vector<TaskHandle<int>>;

/// The values, or how the awaits of next() and of the tasks ended.
template <class Results>
Task<std::string> drain(Results results) {
  std::string trace;
  for (;;) {
    try {
      auto next = co_await results.next();
      if (!next) break;
      trace += co_await outcome(*next) + " ";
    } catch (const TimeoutError&) {
      trace += "timeout ";
    }
  }
  co_return trace;
}

}  // namespace

TEST_CASE("as_completed yields in the order of completion") {
  run([]() -> Task<> {
    Handles handles{create_task(value(3, 3)), create_task(value(1, 1)), create_task(value(2, 2))};
    CHECK(co_await drain(as_completed(handles)) == "1 2 3 ");
  }());
}

TEST_CASE("as_completed yields the tasks that it was given") {
  run([]() -> Task<> {
    Handles handles{create_task(value(3, 3)), create_task(value(1, 1))};
    auto results = as_completed(handles);
    CHECK(co_await results.next() == handles[1]);
    CHECK(co_await results.next() == handles[0]);
    CHECK(co_await results.next() == std::nullopt);
  }());
}

TEST_CASE("as_completed schedules coroutines, and takes futures") {
  run([]() -> Task<> {
    std::vector<Task<int>> tasks;
    tasks.push_back(value(2, 2));
    tasks.push_back(value(1));
    CHECK(co_await drain(as_completed(std::move(tasks))) == "1 2 ");
    Future<int> future = get_running_loop().create_future<int>();
    future.set_result(4);
    CHECK(co_await drain(as_completed(std::vector<Future<int>>{future})) == "4 ");
  }());
}

TEST_CASE("failures and cancellations are those of the tasks") {
  run([]() -> Task<> {
    Handles handles{create_task(fail("no", 2)), create_task(forever())};
    co_await sleep(0s);
    handles[1].cancel("x");
    CHECK(co_await drain(as_completed(handles)) == "CancelledError(x) no ");
  }());
}

TEST_CASE("after the timeout each one that is left is a TimeoutError, and lives on") {
  run_virtually([]() -> Task<> {
    Handles handles{create_task(value(1)), create_task(forever()), create_task(forever())};
    CHECK(co_await drain(as_completed(handles, 5s)) == "1 timeout timeout ");
    CHECK_FALSE(handles[1].done());
    CHECK(handles[1].cancelling() == 0);
    handles[1].cancel();
    handles[2].cancel();
  }());
}

TEST_CASE("what was done in time is yielded though nobody asked before the timeout") {
  run_virtually([]() -> Task<> {
    Handles handles{create_task(value(1)), create_task(forever())};
    auto results = as_completed(handles, 5s);
    co_await sleep(10s);
    CHECK(co_await drain(std::move(results)) == "1 timeout ");
    handles[1].cancel();
  }());
}

TEST_CASE("the timeout runs from the call, and ends with the last one") {
  run_virtually([]() -> Task<> {
    const TimePoint start = get_running_loop().time();
    Handles handles{create_task(forever())};
    auto results = as_completed(handles, 5s);
    co_await sleep(3s);
    CHECK(co_await drain(std::move(results)) == "timeout ");
    CHECK(get_running_loop().time() - start == 5s);
    handles[0].cancel();
  }());
}

TEST_CASE("nothing to wait for is at its end; twice the same comes once") {
  run([]() -> Task<> {
    CHECK(co_await drain(as_completed(Handles())) == "");
    auto task = create_task(value(1));
    CHECK(co_await drain(as_completed(Handles{task, task})) == "1 ");
  }());
}

TEST_CASE("cancelled while it waits, it loses nothing") {
  run([]() -> Task<> {
    Handles handles{create_task(value(1, 5))};
    auto results = as_completed(handles);
    auto waiting =
        create_task([](decltype(results)& from) -> Task<> { co_await from.next(); }(results));
    co_await passes(2);
    waiting.cancel();
    co_await passes(2);
    CHECK(waiting.cancelled());
    CHECK(co_await results.next() == handles[0]);
  }());
}

TEST_CASE("dropped in the middle, it leaves the rest alone") {
  run([]() -> Task<> {
    Handles handles{create_task(value(1)), create_task(value(2, 3))};
    {
      auto results = as_completed(handles, 1h);
      CHECK(co_await results.next() == handles[0]);
    }
    CHECK(co_await handles[1] == 2);
  }());
}

TEST_CASE("it may outlive its loop") {
  std::optional<Completions<TaskHandle<int>>> results;
  run([](auto& later) -> Task<> {
    later.emplace(as_completed(Handles{create_task(value(1)), create_task(forever())}, 1h));
    CHECK(co_await later->next());
  }(results));
  results.reset();
}
