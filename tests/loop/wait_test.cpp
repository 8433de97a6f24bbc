// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/wait.hpp>

#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

using Handles = std::vector<TaskHandle<int>>;

void cancel_all(Handles handles) {
  for (TaskHandle<int>& each : handles) each.cancel();
}

}  // namespace

TEST_CASE("wait for all gives them as done, in the order given") {
  run([]() -> Task<> {
    Handles handles{create_task(value(1, 3)), create_task(value(2, 1))};
    auto [done, pending] = co_await wait(handles);
    CHECK(done == handles);
    CHECK(pending.empty());
  }());
}

TEST_CASE("FIRST_COMPLETED ends with the first; all that is done then counts") {
  run([]() -> Task<> {
    Handles handles{create_task(forever()), create_task(value(1, 1)), create_task(value(2, 1))};
    auto [done, pending] = co_await wait(handles, {.return_when = FIRST_COMPLETED});
    CHECK(done == Handles{handles[1], handles[2]});
    CHECK(pending == Handles{handles[0]});
    cancel_all(pending);
  }());
}

TEST_CASE("FIRST_EXCEPTION ends with the first failure, and a cancellation is none") {
  run([]() -> Task<> {
    Handles handles{create_task(forever()), create_task(fail("no", 4)), create_task(forever())};
    co_await sleep(0s);
    handles[0].cancel();
    auto [done, pending] = co_await wait(handles, {.return_when = FIRST_EXCEPTION});
    CHECK(done == Handles{handles[0], handles[1]});
    CHECK(pending == Handles{handles[2]});
    CHECK(text_of(handles[1].exception()) == "no");
    cancel_all(pending);
  }());
}

TEST_CASE("FIRST_EXCEPTION without a failure is ALL_COMPLETED") {
  run([]() -> Task<> {
    Handles handles{create_task(value(1, 3)), create_task(value(2))};
    auto [done, pending] = co_await wait(handles, {.return_when = FIRST_EXCEPTION});
    CHECK(done.size() == 2);
  }());
}

TEST_CASE("a timeout throws nothing and cancels nothing") {
  run_virtually([]() -> Task<> {
    Handles handles{create_task(forever()), create_task(value(1))};
    auto [done, pending] = co_await wait(handles, {.timeout = 5s});
    CHECK(done == Handles{handles[1]});
    CHECK(pending == Handles{handles[0]});
    CHECK(handles[0].cancelling() == 0);
    cancel_all(pending);
  }());
}

TEST_CASE("a timeout of zero lets what is scheduled run once") {
  run([]() -> Task<> {
    Handles handles{create_task(value(1)), create_task(forever())};
    auto [done, pending] = co_await wait(handles, {.timeout = 0s});
    CHECK(done == Handles{handles[0]});
    cancel_all(pending);
  }());
}

TEST_CASE("the longest timeout is none") {
  run([]() -> Task<> {
    Handles handles{create_task(value(1, 2))};
    auto [done, pending] = co_await wait(handles, {.timeout = Duration::max()});
    CHECK(done.size() == 1);
  }());
}

TEST_CASE("cancelling who waits leaves the awaited alone") {
  run([]() -> Task<> {
    auto task = create_task(forever());
    auto waiting =
        create_task([](TaskHandle<int> t) -> Task<> { co_await wait(Handles{t}); }(task));
    co_await passes(2);
    waiting.cancel("why");
    CHECK(co_await outcome(waiting) == "CancelledError(why)");
    CHECK_FALSE(task.done());
    CHECK(task.cancelling() == 0);
    task.cancel();
  }());
}

TEST_CASE("wait throws nothing of what it waits for, which stays to be asked for") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    {
      auto [done, pending] = co_await wait(Handles{create_task(fail("unasked"))});
      CHECK(done.size() == 1);
    }
    CHECK(reports.messages == std::vector<std::string>{"Task exception was never retrieved"});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("wait suspends even where all are done") {
  run([]() -> Task<> {
    auto task = create_task(value(1));
    co_await passes(2);
    const auto passed = next_pass();
    co_await wait(Handles{task});
    CHECK(*passed);
  }());
}

TEST_CASE("wait goes on two passes after the last has ended") {
  run([]() -> Task<> {
    std::string trace;
    Future<int> future = get_running_loop().create_future<int>();
    auto waiting = create_task([](Future<int> f, std::string& out) -> Task<> {
      co_await wait(std::vector<Future<int>>{f});
      out += "w ";
    }(future, trace));
    co_await passes(2);
    future.set_result(1);
    for (int i = 0; i < 3; ++i) {
      co_await sleep(0s);
      trace += std::to_string(i) + " ";
    }
    CHECK(trace == "0 w 1 2 ");
    co_await waiting;
  }());
}

TEST_CASE("an empty set is refused") {
  run([]() -> Task<> {
    CHECK(co_await outcome([]() -> Task<> { co_await wait(Handles()); }()) ==
          "Set of Tasks/Futures is empty.");
  }());
}

TEST_CASE("one that is given twice counts once") {
  run([]() -> Task<> {
    auto task = create_task(value(1, 1));
    auto [done, pending] = co_await wait(Handles{task, task});
    CHECK(done == Handles{task});
  }());
}
