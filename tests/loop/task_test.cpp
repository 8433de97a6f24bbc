// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/finally_async.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/shield.hpp>
#include <capricorn/loop/task_handle.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <limits>
#include <memory>
#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

TEST_CASE("awaiting a coroutine does not go through the loop, however often") {
  run([]() -> Task<> {
    const auto passed = next_pass();
    int sum = 0;
    for (int i = 0; i < 1000; ++i) sum += co_await value(1);
    CHECK(sum == 1000);
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("create_task starts in the next pass, in order of creation") {
  run([]() -> Task<> {
    std::string trace;
    auto a = create_task(append(trace, "a"));
    auto b = create_task(append(trace, "b"));
    trace += "0";
    co_await b;
    trace += "1";
    CHECK(a.done());
    CHECK(trace == "0ab1");
  }());
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
Task<std::string> forgets_its_value(bool forgets) {
  if (!forgets) co_return "value";
  co_await sleep(0s);
}
#pragma GCC diagnostic pop

TEST_CASE("a coroutine that ends without its value says so") {
  run([]() -> Task<> {
    CHECK(co_await forgets_its_value(false) == "value");
    CHECK_THROWS_WITH_AS(co_await forgets_its_value(true),
                         "A coroutine of a value ended without co_return.", std::logic_error);
    auto task = create_task(forgets_its_value(true));
    CHECK_THROWS_AS(co_await task, std::logic_error);
  }());
}

TEST_CASE("sleep takes a duration of any unit, rounded up") {
  run([]() -> Task<> {
    const TimePoint start = get_running_loop().time();
    co_await sleep(std::chrono::duration<double>(1e-3));
    CHECK(get_running_loop().time() - start >= 1ms);
  }());
}

TEST_CASE("sleep beyond what nanoseconds can say is for ever") {
  run_virtually([]() -> Task<> {
    auto hours = create_task(sleep(std::chrono::hours::max()));
    auto years = create_task(sleep(std::chrono::years(300)));
    auto infinite =
        create_task(sleep(std::chrono::duration<double>(std::numeric_limits<double>::infinity())));
    auto negative = create_task(sleep(std::chrono::hours::min()));
    co_await sleep(std::chrono::years(10));
    for (auto& each : {hours, years, infinite}) CHECK_FALSE(each.done());
    CHECK(negative.done());
  }());
}

TEST_CASE("sleep of zero or less yields exactly once") {
  run([]() -> Task<> {
    std::string trace;
    auto other = create_task([](std::string& out) -> Task<> {
      for (int i = 0; i < 4; ++i) {
        out += "o";
        co_await sleep(0s);
      }
    }(trace));
    co_await sleep(0s);
    trace += "m";
    co_await sleep(-1s);
    trace += "m";
    co_await sleep(0s);
    trace += "m";
    co_await other;
    CHECK(trace == "omomomo");
  }());
}

TEST_CASE("sleep is never early, and sleepers wake by deadline") {
  run([]() -> Task<> {
    std::string trace;
    const TimePoint start = get_running_loop().time();
    auto sleeper = [](std::string& out, Duration time, std::string word) -> Task<> {
      co_await sleep(time);
      out += word;
    };
    auto b = create_task(sleeper(trace, 2ms, "b"));
    auto a = create_task(sleeper(trace, 1ms, "a"));
    co_await sleep(3ms);
    CHECK(get_running_loop().time() - start >= 3ms);
    co_await a;
    co_await b;
    CHECK(trace == "ab");
  }());
}

TEST_CASE("the end of a task comes to who waits exactly one pass later") {
  run([]() -> Task<> {
    std::string trace;
    auto child = create_task(append(trace, "child ", 1));
    auto waiter = create_task([](TaskHandle<> c, std::string& out) -> Task<> {
      co_await c;
      out += "waiter ";
    }(child, trace));
    for (int i = 0; i < 4; ++i) {
      co_await sleep(0s);
      trace += std::to_string(i) + " ";
    }
    CHECK(trace == "0 child 1 waiter 2 3 ");
    co_await waiter;
  }());
}

TEST_CASE("awaiting a task that is done does not suspend") {
  run([]() -> Task<> {
    auto task = create_task(value(3));
    co_await passes(2);
    const auto passed = next_pass();
    CHECK(co_await task == 3);
    CHECK_FALSE(*passed);
  }());
}

TEST_CASE("a task's exception is thrown at every await") {
  run([]() -> Task<> {
    auto task = create_task(fail("failed", 2));
    CHECK(co_await outcome(task) == "failed");
    CHECK(co_await outcome(task) == "failed");
    CHECK_THROWS_WITH_AS(task.result(), "failed", std::runtime_error);
    CHECK(text_of(task.exception()) == "failed");
  }());
}

TEST_CASE("asking a task that has not ended is an InvalidStateError") {
  run([]() -> Task<> {
    auto task = create_task(value(1));
    CHECK_THROWS_WITH_AS(task.result(), "Result is not set.", InvalidStateError);
    CHECK_THROWS_WITH_AS(task.exception(), "Exception is not set.", InvalidStateError);
    co_await task;
    CHECK(task.exception() == nullptr);
  }());
}

TEST_CASE("an awaited handle gives a reference, a moved one the value itself") {
  run([]() -> Task<> {
    auto task =
        create_task([]() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); }());
    std::unique_ptr<int>& seen = co_await task;
    CHECK(*seen == 3);
    std::unique_ptr<int> taken = co_await std::move(task);
    CHECK(*taken == 3);
  }());
}

TEST_CASE("a task that awaits itself is told so") {
  run([]() -> Task<> {
    TaskHandle<> self;
    self = create_task([](TaskHandle<>& me) -> Task<> { co_await me; }(self), {.name = "snake"});
    co_await passes(2);
    CHECK(co_await outcome(self) == "Task cannot await on itself: 'snake'");
  }());
}

TEST_CASE("a dropped handle leaves its task running to the end") {
  run([]() -> Task<> {
    std::string trace;
    static_cast<void>(create_task(append(trace, "ran", 3)));
    co_await passes(5);
    CHECK(trace == "ran");
  }());
}

TEST_CASE("the done callback of a task comes with its handle") {
  run([]() -> Task<> {
    int seen = 0;
    create_task(value(6)).add_done_callback([&](TaskHandle<int>& task) { seen = task.result(); });
    co_await passes(3);
    CHECK(seen == 6);
  }());
}

TEST_CASE("create_task keeps a lambda and its captures as long as its coroutine") {
  run([]() -> Task<> {
    auto held = std::make_shared<int>(5);
    auto task = create_task(
        {.name = "lambda"},
        [held](int more) -> Task<int> {
          co_await sleep(0s);
          co_return *held + more;
        },
        2);
    CHECK(held.use_count() == 2);
    CHECK(co_await task == 7);
    CHECK(held.use_count() == 1);
  }());
}

// Names and states

TEST_CASE("tasks are numbered, or named") {
  run([]() -> Task<> {
    auto numbered = create_task(value(1));
    auto named = create_task(value(1), {.name = "fetch"});
    CHECK(current_task().name() == "Task-1");
    CHECK(numbered.name() == "Task-2");
    CHECK(named.name() == "fetch");
    named.set_name("other");
    CHECK(named.name() == "other");
    co_return;
  }());
}

TEST_CASE("a task is created, running, suspended and closed") {
  run([]() -> Task<> {
    static TaskState inside;
    auto task = create_task([]() -> Task<> {
      inside = current_task().state();
      co_await sleep(0s);
    }());
    CHECK(task.state() == TaskState::kCreated);
    co_await sleep(0s);
    CHECK(inside == TaskState::kRunning);
    CHECK(task.state() == TaskState::kSuspended);
    co_await task;
    CHECK(task.state() == TaskState::kClosed);
  }());
}

TEST_CASE("a coroutine is created until it is awaited") {
  run([]() -> Task<> {
    Task<int> coroutine = value(2);
    CHECK(coroutine.state() == TaskState::kCreated);
    CHECK(co_await std::move(coroutine) == 2);
    CHECK(coroutine.state() == TaskState::kClosed);
  }());
}

TEST_CASE("current_task is the task that runs, and none in a callback") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<std::string> { co_return current_task().name(); }(),
                            {.name = "inner"});
    CHECK(co_await task == "inner");
    CHECK(current_task().name() == "Task-1");
    bool empty = false;
    get_running_loop().call_soon([&] { empty = !current_task(); });
    co_await sleep(0s);
    CHECK(empty);
  }());
  CHECK_THROWS_WITH_AS(current_task(), "no running event loop", RuntimeError);
}

TEST_CASE("all_tasks are those that have not ended, in order of creation") {
  run([]() -> Task<> {
    auto ended = create_task(value(1));
    co_await ended;
    auto a = create_task(forever(), {.name = "a"});
    auto b = create_task(forever(), {.name = "b"});
    std::string names;
    for (const AnyTask& task : all_tasks()) names += task.name() + " ";
    CHECK(names == "Task-1 a b ");
    a.cancel();
    b.cancel();
    co_return;
  }());
}

// Eager tasks

TEST_CASE("an eager task runs to its first suspension at once, as the current task") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task(
        [](std::string& out) -> Task<> {
          out += current_task().name() + " ";
          co_await sleep(0s);
          out += "end ";
        }(trace),
        {.name = "eager", .eager_start = true});
    trace += current_task().name() + " ";
    CHECK_FALSE(task.done());
    co_await task;
    CHECK(trace == "eager Task-1 end ");
  }());
}

TEST_CASE("an eager task that does not suspend is done at once, its callbacks come a pass later") {
  run([]() -> Task<> {
    auto task = create_task(value(3), {.eager_start = true});
    CHECK(task.done());
    CHECK(all_tasks().size() == 1);
    bool called = false;
    task.add_done_callback([&](TaskHandle<int>&) { called = true; });
    CHECK_FALSE(called);
    co_await sleep(0s);
    CHECK(called);
  }());
}

TEST_CASE("an eager task on a loop that does not run starts with its first pass") {
  Loop loop;
  std::string trace;
  auto task = loop.create_task(append(trace, "ran"), {.eager_start = true});
  CHECK(trace.empty());
  loop.run_until_complete(task);
  CHECK(trace == "ran");
}

TEST_CASE("what an eager task throws before it suspends is its result") {
  run([]() -> Task<> {
    auto task = create_task(fail("at once"), {.eager_start = true});
    CHECK(task.done());
    CHECK(co_await outcome(task) == "at once");
  }());
}

// Clean-up that awaits

TEST_CASE("finally_async awaits its clean-up however the body ended, and gives the value") {
  run([]() -> Task<> {
    std::string trace;
    auto give = []() -> Task<int> { co_return co_await value(4, 1); };
    auto throw_it = []() -> Task<int> { co_return co_await fail("body", 1); };
    auto clean = [&]() -> Task<> { co_await append(trace, "clean ", 2); };
    CHECK(co_await finally_async(give, clean) == 4);
    CHECK(co_await outcome(finally_async(throw_it, clean)) == "body");
    CHECK(trace == "clean clean ");
  }());
}

TEST_CASE("finally_async cleans up when it is cancelled") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task(finally_async([]() -> Task<> { co_await sleep(1h); },
                                          [&]() -> Task<> { co_await append(trace, "clean", 2); }));
    co_await sleep(0s);
    task.cancel("stop");
    CHECK(co_await outcome(task) == "CancelledError(stop)");
    CHECK(trace == "clean");
  }());
}

TEST_CASE("what the clean-up of finally_async throws wins") {
  run([]() -> Task<> {
    CHECK(co_await outcome(finally_async([]() -> Task<> { co_await fail("body"); },
                                         []() -> Task<> { co_await fail("clean-up"); })) ==
          "clean-up");
  }());
}

// A coroutine that was awaited or moved away

namespace {

/// "cannot reuse already awaited coroutine" for each way to use one.
template <class F>
bool refuses(F use) {
  Task<int> task = value(1);
  const Task<int> there = std::move(task);
  try {
    use(std::move(task));  // NOLINT: that is the case
  } catch (const RuntimeError& e) {
    return std::string(e.what()) == "cannot reuse already awaited coroutine";
  }
  return false;
}

}  // namespace

TEST_CASE("a coroutine is awaited once: again is an error, as in Python") {
  run([]() -> Task<> {
    Task<int> task = value(7);
    CHECK(co_await std::move(task) == 7);
    CHECK(task.state() == TaskState::kClosed);
    CHECK(co_await outcome(as_task(std::move(task))) == "cannot reuse already awaited coroutine");
    CHECK_THROWS_WITH_AS(co_await std::move(task), "cannot reuse already awaited coroutine",
                         RuntimeError);
  }());
}

TEST_CASE("a coroutine that was moved away cannot be scheduled, in any way") {
  const LoggedLines never_awaited;
  CHECK(refuses([](Task<int> task) { capricorn::run(std::move(task)); }));
  CHECK(refuses([](Task<int> task) { Runner().run(std::move(task)); }));
  CHECK(refuses([](Task<int> task) { Loop().run_until_complete(std::move(task)); }));
  run([]() -> Task<> {
    CHECK(refuses([](Task<int> task) { static_cast<void>(create_task(std::move(task))); }));
    CHECK(refuses([](Task<int> task) {
      static_cast<void>(create_task(std::move(task), {.eager_start = true}));
    }));
    CHECK(refuses([](Task<int> task) { static_cast<void>(gather(std::move(task))); }));
    CHECK(refuses([](Task<int> task) { static_cast<void>(shield(std::move(task))); }));
    CHECK(refuses([](Task<int> task) { static_cast<void>(ensure_future(std::move(task))); }));
    CHECK(all_tasks().size() == 1);
    Task<int> task = value(1);
    const Task<int> there = std::move(task);
    CHECK(co_await outcome(wait_for(std::move(task), 1s)) ==
          "cannot reuse already awaited coroutine");
  }());
}
