// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/task_handle.hpp>

#include <memory>
#include <optional>
#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

using Texts = std::vector<std::string>;
const auto kFailure = std::make_exception_ptr(std::runtime_error("failed"));
const char* const kTask = "Task exception was never retrieved";
const char* const kFuture = "Future exception was never retrieved";

void run_passes(Loop& loop, int n) {
  for (int i = 0; i < n; ++i) {
    loop.stop();
    loop.run_forever();
  }
}

}  // namespace

// The handler

TEST_CASE("a handler may set another one, or none, and go on with what it captured") {
  LoggedLines log;
  Loop loop;
  std::string trace;
  loop.set_exception_handler(
      [&trace, word = std::string(100, 'h')](Loop& l, const ExceptionContext&) {
        l.set_exception_handler({});
        trace += word;
      });
  loop.call_soon([] { throw std::runtime_error("first"); });
  loop.call_soon([] { throw std::runtime_error("second"); });
  run_passes(loop, 1);
  CHECK(trace == std::string(100, 'h'));
  CHECK(log.lines().size() == 1);
}

TEST_CASE("an exception in a callback goes to the exception handler and the loop goes on") {
  Loop loop;
  Reports reports(loop);
  bool ran = false;
  loop.call_soon([] { throw std::runtime_error("no"); });
  loop.call_soon([&] { ran = true; });
  run_passes(loop, 1);
  CHECK(ran);
  REQUIRE(reports.messages.size() == 1);
  CHECK(reports.messages[0].starts_with(
      "Exception in callback <callback created at exceptions_test.cpp:"));
  CHECK(reports.exceptions[0] == "no");
}

TEST_CASE("anything at all that a callback throws ends there") {
  Loop loop;
  Reports reports(loop);
  loop.call_soon([] { throw 1; });
  loop.call_soon([] { throw CancelledError("c"); });
  loop.call_later(0s, [] { throw std::runtime_error("timer"); });
  loop.call_soon_threadsafe([] { throw std::runtime_error("thread"); });
  run_passes(loop, 2);
  CHECK(reports.exceptions == Texts{"something else", "CancelledError(c)", "thread", "timer"});
}

TEST_CASE("without a handler the log is told") {
  LoggedLines log;
  Loop loop;
  loop.call_exception_handler({"what happened", kFailure, "Task-7"});
  loop.call_exception_handler({"cancelled", std::make_exception_ptr(CancelledError()), ""});
  loop.call_exception_handler({"a number", std::make_exception_ptr(1), ""});
  loop.call_exception_handler({"nothing", nullptr, ""});
  CHECK(log.lines() == Texts{"what happened (Task-7): failed", "cancelled: cancelled",
                             "a number: not a std::exception", "nothing"});
}

// 1. A task throws what a client said: a line's end, and another line; or what clears a terminal.
// 2. Nobody asks for the task's result, so that the log is told.
// 3. The log had a line that nobody had written.
TEST_CASE("what an exception says makes no line of its own, and turns no other one round") {
  LoggedLines log;
  Loop loop;
  const auto forged =
      std::make_exception_ptr(std::runtime_error("no\nINFO: yes\x1b[2J \xe2\x80\xae\xc3\x84"));
  loop.call_exception_handler({"what happened", forged, ""});
  CHECK(log.lines() == Texts{"what happened: no\\x0aINFO: yes\\x1b[2J \\xe2\\x80\\xae\xc3\x84"});
}

TEST_CASE("an exception handler that throws is logged, with what it was to handle") {
  LoggedLines log;
  Loop loop;
  loop.set_exception_handler(
      [](Loop&, const ExceptionContext&) { throw std::runtime_error("handler"); });
  bool ran = false;
  loop.call_soon([] { throw std::runtime_error("callback"); });
  loop.call_soon([&] { ran = true; });
  run_passes(loop, 1);
  CHECK(ran);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0] == "Unhandled error in exception handler: handler");
  CHECK(log.lines()[1].ends_with(": callback"));
}

// Never retrieved

TEST_CASE("a task that failed is told of when its last handle goes and nobody asked, once") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    std::optional<TaskHandle<int>> task = create_task(fail("unasked"), {.name = "fetch"});
    std::optional<TaskHandle<int>> copy = task;
    co_await passes(3);
    task.reset();
    CHECK(reports.messages.empty());
    copy.reset();
    CHECK(reports.messages == Texts{kTask});
    CHECK(reports.exceptions == Texts{"unasked"});
    CHECK(reports.tasks == Texts{"fetch"});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("a task without a handle is told of as soon as it has failed") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    static_cast<void>(create_task(fail("unasked")));
    co_await sleep(0s);
    CHECK(reports.messages == Texts{kTask});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("whoever asked for the result, the exception, or awaited it is enough") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    {
      auto a = create_task(fail("a"));
      auto b = create_task(fail("b"));
      auto c = create_task(fail("c"));
      co_await passes(2);
      CHECK_THROWS(a.result());
      CHECK(b.exception());
      CHECK(co_await outcome(c) == "c");
    }
    CHECK(reports.messages.empty());
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("asking whether it is done is not asking") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    {
      auto task = create_task(fail("a"));
      co_await passes(2);
      CHECK(task.done());
      CHECK_FALSE(task.cancelled());
    }
    CHECK(reports.messages == Texts{kTask});
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("a cancelled task is not told of") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    {
      auto task = create_task(forever());
      co_await sleep(0s);
      task.cancel();
      co_await passes(2);
    }
    CHECK(reports.messages.empty());
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("a future that failed is told of in the same way") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    {
      get_running_loop().create_future<int>().set_exception(kFailure);
    }
    CHECK(reports.messages == Texts{kFuture});
    get_running_loop().set_exception_handler(nullptr);
    co_return;
  }());
}

TEST_CASE("a failed task whose handle outlives the loop is told of in the log") {
  LoggedLines log;
  {
    TaskHandle<int> kept;
    run([](TaskHandle<int>& out) -> Task<> {
      out = create_task(fail("unasked"), {.name = "fetch"});
      co_await passes(2);
    }(kept));
    CHECK(kept.done());
    CHECK(log.lines().empty());
  }
  CHECK(log.lines() == Texts{std::string(kTask) + " (fetch): unasked"});
}

TEST_CASE("a failed future that outlives the loop is told of in the log") {
  LoggedLines log;
  {
    auto loop = std::make_unique<Loop>();
    Future<int> kept = loop->create_future<int>();
    kept.set_exception(kFailure);
    loop.reset();
    CHECK(log.lines().empty());
  }
  CHECK(log.lines() == Texts{std::string(kFuture) + ": failed"});
}

TEST_CASE("the result of a task can be had when its loop has gone") {
  TaskHandle<int> kept;
  run([](TaskHandle<int>& out) -> Task<> {
    out = create_task(value(5));
    co_await passes(2);
  }(kept));
  CHECK(kept.result() == 5);
}

TEST_CASE("a handler that drops another failed future is told of that one, too") {
  Loop loop;
  Texts told;
  std::optional<Future<int>> other = loop.create_future<int>();
  other->set_exception(kFailure);
  loop.set_exception_handler([&](Loop&, const ExceptionContext& context) {
    told.push_back(context.message);
    other.reset();
  });
  {
    loop.create_future<int>().set_exception(kFailure);
  }
  CHECK(told == Texts{kFuture, kFuture});
}

// Never awaited

TEST_CASE(
    "a coroutine that nobody awaited is told of with its name and place; its body never ran") {
  LoggedLines log;
  std::string trace;
  {
    Task<> dropped = append(trace, "ran");
  }
  CHECK(trace.empty());
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].contains("append' was never awaited (scenario.hpp:"));
}

TEST_CASE("a coroutine's arguments are dropped with it") {
  LoggedLines log;
  auto held = std::make_shared<int>(1);
  {
    Task<> dropped = [](std::shared_ptr<int>) -> Task<> { co_return; }(held);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  CHECK(log.lines().size() == 1);
}

TEST_CASE("a coroutine that was awaited, moved or closed is not told of") {
  LoggedLines log;
  run([]() -> Task<> {
    Task<int> a = value(1);
    Task<int> b = std::move(a);
    co_await std::move(b);
    Task<int> c = value(2);
    c.close();
    CHECK(c.state() == TaskState::kClosed);
  }());
  CHECK(log.lines().empty());
}

// Destroyed pending

TEST_CASE("a task that is pending when its loop closes is told of, and its frame destroyed") {
  Loop loop;
  Reports reports(loop);
  auto held = std::make_shared<int>(1);
  auto task = loop.create_task([](std::shared_ptr<int>) -> Task<> { co_await sleep(1h); }(held),
                               {.name = "left"});
  run_passes(loop, 2);
  loop.close();
  CHECK(reports.messages == Texts{"Task was destroyed but it is pending!"});
  CHECK(reports.tasks == Texts{"left"});
  CHECK(held.use_count() == 1);
  CHECK_FALSE(task.done());
}

TEST_CASE("a task destroyed pending runs destructors, and no catch block") {
  std::string trace;
  {
    LoggedLines log;
    Loop loop;
    static_cast<void>(loop.create_task([](std::string& out) -> Task<> {
      struct Guard {
        std::string& text;
        ~Guard() { text += "destructor"; }
      } guard{out};
      try {
        co_await sleep(1h);
      } catch (...) {
        out += "catch ";
        throw;
      }
    }(trace)));
    run_passes(loop, 2);
  }
  CHECK(trace == "destructor");
}

TEST_CASE("a handle on a task that was destroyed pending does no harm") {
  LoggedLines log;
  TaskHandle<int> kept;
  auto held = std::make_shared<int>(1);
  {
    Loop loop;
    kept = loop.create_task(forever());
    kept.add_done_callback([held](TaskHandle<int>&) {});
    run_passes(loop, 2);
  }
  CHECK(held.use_count() == 1);
  CHECK_FALSE(kept.done());
  kept.cancel();
  CHECK(kept.state() == TaskState::kClosed);
  CHECK_THROWS_WITH_AS(kept.result(), "Result is not set.", InvalidStateError);
}

TEST_CASE("tasks that await each other are destroyed pending without harm") {
  LoggedLines log;
  Loop loop;
  auto inner = loop.create_task(forever());
  auto outer =
      loop.create_task([](TaskHandle<int> t) -> Task<> { co_await gather(t, value(1, 9)); }(inner));
  run_passes(loop, 3);
  loop.close();
  CHECK(log.lines().size() == 3);
}
