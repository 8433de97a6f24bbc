// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/lock.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/task_dump.hpp>
#include <capricorn/loop/task_group.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/wait.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

std::string here(int line) { return "task_dump_test.cpp:" + std::to_string(line); }

constexpr int kNap = __LINE__ + 1;
Task<> nap(Duration time) { co_await sleep(time); }

constexpr int kFetch = __LINE__ + 1;
Task<> fetch() { co_await nap(1h); }

Task<> await_task(TaskHandle<> task) { co_await task; }

/// The tests' tasks never end; that is no error here.
void expect_tasks_left(Loop& loop) {
  loop.set_exception_handler([](Loop&, const ExceptionContext&) {});
}

/// What the tree looks like after a second.
std::string after_a_second(TestLoop& loop) {
  loop.advance(1s);
  return format_tasks(loop);
}

std::string line_with(const std::string& text, std::string_view part) {
  const auto at = text.find(part);
  if (at == text.npos) return {};
  const auto begin = text.rfind('\n', at);
  return text.substr(begin + 1, text.find('\n', at) - begin - 1);
}

}  // namespace

TEST_CASE("a suspended task stands there with its coroutines, the one that waits last") {
  TestLoop loop;
  expect_tasks_left(loop);
  const int line = __LINE__ + 1;
  auto task = loop.create_task(fetch(), {.name = "fetcher"});
  const std::string text = after_a_second(loop);
  CHECK(text == "1 task\n(T) fetcher, suspended for 1.000 s, created at " + here(line) +
                    "\n    in fetch() at " + here(kFetch) + "\n    in nap() at " + here(kNap) +
                    "\n");
}

TEST_CASE("a task that nobody named has its coroutine's name") {
  TestLoop loop;
  expect_tasks_left(loop);
  auto task = loop.create_task(fetch());
  CHECK(after_a_second(loop).contains("(T) Task-1 fetch(), suspended for 1.000 s"));
}

TEST_CASE("a task that was never run is not started") {
  TestLoop loop;
  expect_tasks_left(loop);
  auto task = loop.create_task(fetch(), {.name = "new"});
  CHECK(format_tasks(loop).contains("(T) new, not started, created at"));
}

TEST_CASE("the task that asks is running") {
  TestLoop loop;
  const std::string text = loop.run_until_complete(
      [](TestLoop& own) -> Task<std::string> { co_return format_tasks(own); }(loop));
  CHECK(text.contains("running"));
}

TEST_CASE("a loop without tasks says so") {
  TestLoop loop;
  CHECK(format_tasks(loop) == "0 tasks\n");
}

TEST_CASE("a task stands below the one that awaits it") {
  TestLoop loop;
  expect_tasks_left(loop);
  auto inner = loop.create_task(fetch(), {.name = "inner"});
  auto outer = loop.create_task(await_task(inner), {.name = "outer"});
  const std::string text = after_a_second(loop);
  CHECK(text.find("outer") < text.find("inner"));
  CHECK(line_with(text, "outer").starts_with("(T) outer"));
  CHECK(line_with(text, "inner").starts_with("└── (T) inner"));
}

TEST_CASE("what gather, wait, a group and shield wait for stands below") {
  TestLoop loop;
  expect_tasks_left(loop);
  auto gathering = loop.create_task([]() -> Task<> { co_await gather(nap(1h), fetch()); }(),
                                    {.name = "gathering"});
  auto waiting = loop.create_task(
      []() -> Task<> {
        std::vector<TaskHandle<>> tasks{create_task(nap(1h), {.name = "waited for"})};
        co_await wait(tasks);
      }(),
      {.name = "waiting"});
  auto grouping = loop.create_task(
      []() -> Task<> {
        co_await TaskGroup::run([](TaskGroup& group) -> Task<> {
          group.create_task(nap(1h), {.name = "in the group"});
          co_return;
        });
      }(),
      {.name = "grouping"});
  const std::string text = after_a_second(loop);
  CHECK(line_with(text, "nap(), suspended").starts_with("├── (T) Task-"));
  CHECK(line_with(text, "fetch(), suspended").starts_with("└── (T) Task-"));
  CHECK(line_with(text, "(T) waited for").starts_with("└── "));
  CHECK(line_with(text, "(T) in the group").starts_with("└── "));
}

TEST_CASE("a task that two await is shown in full once") {
  TestLoop loop;
  expect_tasks_left(loop);
  auto inner = loop.create_task(fetch(), {.name = "shared"});
  auto a = loop.create_task(await_task(inner), {.name = "a"});
  auto b = loop.create_task(await_task(inner), {.name = "b"});
  const std::string text = after_a_second(loop);
  CHECK(text.contains("└── (T) shared, suspended"));
  CHECK(text.contains("└── (T) shared, as above"));
}

TEST_CASE("tasks that wait for one another in a circle are shown") {
  TestLoop loop;
  expect_tasks_left(loop);
  struct Pair {
    TaskHandle<> a, b;
  } pair;
  pair.a = loop.create_task([](Pair& p) -> Task<> { co_await p.b; }(pair), {.name = "a"});
  pair.b = loop.create_task([](Pair& p) -> Task<> { co_await p.a; }(pair), {.name = "b"});
  const std::string text = after_a_second(loop);
  CHECK(text.contains("2 tasks\n(T) a, suspended"));
  CHECK(text.contains("└── (T) b, suspended"));
  CHECK(text.contains("    └── (T) a, as above"));
}

TEST_CASE("a long chain of tasks and of coroutines is cut, and none is left out") {
  struct Deep {
    static Task<> down(int levels) {
      if (levels > 0)
        co_await down(levels - 1);
      else
        co_await sleep(1h);
    }
  };
  TestLoop loop;
  expect_tasks_left(loop);
  TaskHandle<> last = loop.create_task(Deep::down(1000), {.name = "task 0"});
  for (int i = 1; i <= 200; ++i) {
    last = loop.create_task(await_task(last), {.name = "task " + std::to_string(i)});
  }
  const std::string text = after_a_second(loop);
  CHECK(text.contains("951 more"));
  for (int i = 0; i <= 200; ++i) {
    CHECK(text.contains("(T) task " + std::to_string(i) + ", suspended"));
  }
}

TEST_CASE("a task that waits for a lock stands at its co_await") {
  TestLoop loop;
  expect_tasks_left(loop);
  Lock lock;
  int line = 0;
  auto task = loop.create_task(
      [](Lock& held, int& at) -> Task<> {
        auto guard = co_await held.scoped();
        at = __LINE__ + 1;
        auto again = co_await held.scoped();
      }(lock, line),
      {.name = "locker"});
  CHECK(after_a_second(loop).contains("() at " + here(line) + "\n"));
}

TEST_CASE("a label tells what a task works on, and may be filled in later") {
  TestLoop loop;
  expect_tasks_left(loop);
  std::string_view route;
  auto task = loop.create_task(fetch());
  task.core().set_label(route);
  CHECK(after_a_second(loop).contains("(T) Task-1 fetch(), suspended"));
  route = "/users/{id}";
  CHECK(format_tasks(loop).contains("(T) Task-1 for /users/{id}, suspended"));
  task.core().drop_label();
  CHECK(format_tasks(loop).contains("(T) Task-1 fetch(), suspended"));
}
