// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/task_handle.hpp>

#include <scenario.hpp>
#include <string>

using namespace capricorn;
using namespace capricorn::test;

namespace {

Task<int> wait_on(Future<int> future) { co_return co_await future; }
/// Says with what message it was cancelled, and how often.
Task<std::string> confess(Duration time) {
  try {
    co_await sleep(time);
  } catch (const CancelledError& e) {
    co_return e.message + " " + std::to_string(current_task().cancelling());
  }
  co_return "not cancelled";
}

/// Cancels a task when it goes.
struct CancelsAtEnd {
  explicit CancelsAtEnd(TaskHandle<>& t) : task(t) {}
  CancelsAtEnd(const CancelsAtEnd&) = delete;
  ~CancelsAtEnd() { task.cancel(); }
  TaskHandle<>& task;
};
Task<> rest_and_cancel(TaskHandle<>& other) {
  const CancelsAtEnd guard(other);
  co_await sleep(1h);
}
Task<> await_and_cancel(TaskHandle<>& other) {
  const CancelsAtEnd guard(other);
  co_await other;
}

}  // namespace

TEST_CASE("cancel of a task that is done is refused") {
  run([]() -> Task<> {
    auto task = create_task(value(1));
    co_await task;
    CHECK_FALSE(task.cancel());
    CHECK(task.cancelling() == 0);
    CHECK_FALSE(task.cancelled());
  }());
}

TEST_CASE("cancel before the first step: the body never runs") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task(append(trace, "ran"));
    CHECK(task.cancel("never"));
    CHECK_FALSE(task.done());
    co_await sleep(0s);
    CHECK(task.cancelled());
    CHECK(co_await outcome(task) == "CancelledError(never)");
    CHECK(trace.empty());
  }());
}

TEST_CASE("a cancelled task stays pending until it has ended") {
  run([]() -> Task<> {
    auto task = create_task(forever());
    co_await sleep(0s);
    CHECK(task.cancel("why"));
    CHECK_FALSE(task.done());
    CHECK_FALSE(task.cancelled());
    CHECK(task.cancelling() == 1);
    co_await sleep(0s);
    CHECK(task.cancelled());
    CHECK(co_await outcome(task) == "CancelledError(why)");
  }());
}

TEST_CASE("a task may swallow its cancellation and give a value") {
  run([]() -> Task<> {
    auto task = create_task(swallow(7));
    co_await sleep(0s);
    task.cancel();
    CHECK(co_await task == 7);
    CHECK_FALSE(task.cancelled());
    CHECK(task.cancelling() == 1);
  }());
}

TEST_CASE("one CancelledError a delivery: the next await waits again") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<std::string> {
      std::string trace;
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        trace += "cancelled ";
      }
      co_await passes(2);
      co_return trace + "on";
    }());
    co_await sleep(0s);
    task.cancel();
    CHECK(co_await task == "cancelled on");
  }());
}

TEST_CASE("two cancels in one tick are one delivery, counted twice, with the first message") {
  run([]() -> Task<> {
    auto task = create_task(confess(1h));
    co_await sleep(0s);
    CHECK(task.cancel("a"));
    CHECK(task.cancel("b"));
    CHECK(co_await task == "a 2");
  }());
}

TEST_CASE("two cancels of a task that is about to run: the last message, as nothing waited") {
  run([]() -> Task<> {
    auto task = create_task(confess(0s));
    co_await sleep(0s);
    task.cancel("a");
    task.cancel("b");
    CHECK(co_await task == "b 2");
  }());
}

TEST_CASE("who awaits a future and is cancelled twice gets the future's message") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    auto task = create_task(wait_on(future));
    co_await sleep(0s);
    task.cancel("a");
    task.cancel("b");
    CHECK(co_await outcome(task) == "CancelledError(a)");
    CHECK(task.cancelling() == 2);
  }());
}

TEST_CASE("swallowed once, a task can be cancelled again") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<int> {
      int seen = 0;
      for (int i = 0; i < 2; ++i) {
        try {
          co_await sleep(1h);
        } catch (const CancelledError&) {
          ++seen;
        }
      }
      co_return seen;
    }());
    for (int i = 0; i < 2; ++i) {
      co_await sleep(0s);
      task.cancel();
    }
    CHECK(co_await task == 2);
  }());
}

TEST_CASE("a second cancel interrupts the clean-up") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task([](std::string& out) -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        out += "1";
      }
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        out += "2";
        throw;
      }
    }(trace));
    co_await sleep(0s);
    task.cancel();
    co_await sleep(0s);
    CHECK(trace == "1");
    task.cancel();
    co_await sleep(0s);
    CHECK(trace == "12");
    CHECK(task.cancelled());
    CHECK(task.cancelling() == 2);
  }());
}

// A task that cancels itself

TEST_CASE("a task that cancels itself gets it at its next real suspension, however long") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<std::string> {
      current_task().cancel("myself");
      co_return co_await confess(1h);
    }());
    CHECK(co_await task == "myself 1");
  }());
}

TEST_CASE("awaits that do not suspend do not deliver it") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<std::string> {
      std::string trace;
      Future<int> done = get_running_loop().create_future<int>();
      done.set_result(1);
      current_task().cancel();
      co_await done;
      trace += "future ";
      co_await value(1);
      trace += "coroutine ";
      try {
        co_await sleep(0s);
      } catch (const CancelledError&) {
        trace += "cancelled ";
      }
      co_await sleep(0s);
      co_return trace + "on";
    }());
    CHECK(co_await task == "future coroutine cancelled on");
  }());
}

TEST_CASE("a task that cancelled itself cancels what it awaits next, at once") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    auto task = create_task([](Future<int> f) -> Task<int> {
      current_task().cancel("m");
      co_return co_await f;
    }(future));
    co_await sleep(0s);
    CHECK(future.cancelled());
    CHECK_FALSE(task.done());
    co_await sleep(0s);
    CHECK(task.cancelled());
  }());
}

TEST_CASE("a result returned with a cancellation undelivered is lost") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<int> {
      current_task().cancel("m");
      co_return 4;
    }());
    CHECK(co_await outcome(task) == "CancelledError(m)");
    CHECK(task.cancelled());
    CHECK(task.cancelling() == 1);
  }());
}

TEST_CASE("an exception thrown with a cancellation undelivered wins") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<int> {
      current_task().cancel();
      throw std::runtime_error("own");
      co_return 0;
    }());
    CHECK(co_await outcome(task) == "own");
    CHECK_FALSE(task.cancelled());
  }());
}

// Children

TEST_CASE("cancelling a parent cancels the task it awaits, and waits for its end") {
  run([]() -> Task<> {
    std::string trace;
    auto child = create_task(clean_up_slowly(trace, "clean ", 3));
    auto parent = create_task([](TaskHandle<int> c, std::string& out) -> Task<> {
      try {
        co_await c;
      } catch (const CancelledError&) {
        out += "parent ";
        throw;
      }
    }(child, trace));
    co_await passes(2);
    parent.cancel();
    CHECK(child.cancelling() == 1);
    co_await passes(10);
    CHECK(trace == "clean parent ");
    CHECK(child.cancelled());
    CHECK(parent.cancelled());
  }());
}

TEST_CASE("where the child swallows, the parent gets its value and is not cancelled") {
  run([]() -> Task<> {
    auto child = create_task(swallow(9));
    auto parent = create_task([](TaskHandle<int> c) -> Task<int> { co_return co_await c; }(child));
    co_await passes(2);
    parent.cancel();
    CHECK(co_await parent == 9);
    CHECK_FALSE(parent.cancelled());
    CHECK(parent.cancelling() == 1);
    CHECK(child.cancelling() == 1);
  }());
}

TEST_CASE("cancelling a child is a CancelledError of its parent's, which nobody cancelled") {
  run([]() -> Task<> {
    auto child = create_task(forever());
    auto parent = create_task([](TaskHandle<int> c) -> Task<int> { co_return co_await c; }(child));
    co_await passes(2);
    child.cancel("child");
    CHECK(co_await outcome(parent) == "CancelledError(child)");
    CHECK(parent.cancelled());
    CHECK(parent.cancelling() == 0);
  }());
}

TEST_CASE("cancelling the last of a long row of tasks that await each other cancels them all") {
  run([]() -> Task<> {
    std::vector<TaskHandle<int>> row{create_task(forever())};
    for (int i = 0; i < 1000; ++i) {
      row.push_back(
          create_task([](TaskHandle<int> c) -> Task<int> { co_return co_await c; }(row.back())));
    }
    co_await passes(2);
    row.back().cancel("all");
    CHECK(co_await outcome(row.back()) == "CancelledError(all)");
    CHECK(row.front().cancelled());
  }());
}

// Races

TEST_CASE("a cancel beats a result that is set and not consumed yet") {
  run([]() -> Task<> {
    Future<int> future = get_running_loop().create_future<int>();
    auto task = create_task(wait_on(future));
    co_await sleep(0s);
    future.set_result(1);
    CHECK(task.cancel("late"));
    CHECK(co_await outcome(task) == "CancelledError(late)");
    CHECK(future.result() == 1);
  }());
}

TEST_CASE("a cancel beats a timer that has fired") {
  run_virtually([]() -> Task<> {
    auto task = create_task(confess(1s));
    co_await sleep(0s);
    // In the pass of the sleeper's deadline, before it goes on.
    get_running_loop().call_at(get_running_loop().time() + 1s, [&] { task.cancel("late"); });
    CHECK(co_await task == "late 1");
  }());
}

// The task's own errors

TEST_CASE("an exception thrown in the clean-up is the task's") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        throw std::runtime_error("clean-up");
      }
    }());
    co_await sleep(0s);
    task.cancel();
    CHECK(co_await outcome(task) == "clean-up");
    CHECK_FALSE(task.cancelled());
    CHECK(task.cancelling() == 1);
  }());
}

TEST_CASE("a task that throws CancelledError of its own is cancelled, with count 0") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<> {
      throw CancelledError("mine");
      co_return;
    }());
    CHECK(co_await outcome(task) == "CancelledError(mine)");
    CHECK(task.cancelled());
    CHECK(task.cancelling() == 0);
    CHECK_THROWS_AS(task.exception(), CancelledError);
  }());
}

TEST_CASE("catch of std::exception lets CancelledError pass") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const std::exception&) {
      }
    }());
    co_await sleep(0s);
    task.cancel();
    co_await passes(2);
    CHECK(task.cancelled());
  }());
}

// uncancel

TEST_CASE("uncancel counts down to zero and no further") {
  run([]() -> Task<> {
    auto task = create_task(swallow(1));
    co_await sleep(0s);
    CHECK(task.uncancel() == 0);
    task.cancel();
    task.cancel();
    CHECK(task.uncancel() == 1);
    CHECK(task.uncancel() == 0);
    CHECK(task.uncancel() == 0);
    co_await task;
  }());
}

TEST_CASE("uncancel to zero withdraws what was not delivered") {
  run([]() -> Task<> {
    auto task = create_task(value(3, 1));
    co_await sleep(0s);
    task.cancel();
    CHECK(task.uncancel() == 0);
    CHECK(co_await task == 3);
    auto unborn = create_task(value(4));
    unborn.cancel();
    unborn.uncancel();
    CHECK(co_await unborn == 4);
  }());
}

TEST_CASE("uncancel does not take back what the awaited future has got already") {
  run([]() -> Task<> {
    auto task = create_task(confess(1h));
    co_await sleep(0s);
    task.cancel("gone");
    task.uncancel();
    CHECK(co_await task == "gone 0");
  }());
}

// 1. A loop closed with two tasks of which each cancelled the other when it went.
// 2. The second one's cancellation went on to what the first had awaited, gone with its frame.
TEST_CASE("what goes with a closing loop may cancel the tasks that go with it") {
  LoggedLines log;
  Loop loop;
  TaskHandle<> parent, child;
  parent = loop.create_task(rest_and_cancel(child));
  child = loop.create_task(await_and_cancel(parent));
  loop.run_until_complete([]() -> Task<> { co_await passes(2); }());
  loop.close();
  CHECK(log.lines().size() == 2);
  CHECK_FALSE(parent.done());
  CHECK(parent.state() == TaskState::kClosed);
  CHECK(child.state() == TaskState::kClosed);
}
