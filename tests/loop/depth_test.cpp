// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/task_handle.hpp>

#include <scenario.hpp>
#include <string>
#include <vector>

// A chain of awaits is as long as its data: neither going down, nor coming back, nor being dropped
// may cost stack.

using namespace capricorn;
using namespace capricorn::test;

namespace {

constexpr int kDeep = 100000;
constexpr int kSuspended = 10000;

enum class End { kReturn, kThrow, kSleep };

Task<int> descend(int n, End end) {
  if (n > 0) co_return 1 + co_await descend(n - 1, end);
  if (end == End::kThrow) throw std::runtime_error("from the bottom");
  if (end == End::kSleep) co_await sleep(1h);
  co_return 0;
}

struct Counted {
  explicit Counted(int& n) noexcept : alive(n) { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() { --alive; }
  int& alive;
};
Task<> descend_and_count(int n, int& alive) {
  Counted counted(alive);
  if (n > 0)
    co_await descend_and_count(n - 1, alive);
  else
    co_await sleep(1h);
}
Task<int> follow(TaskHandle<int> task) { co_return 1 + co_await task; }

}  // namespace

TEST_CASE("a chain of 100 000 awaits returns") {
  CHECK(run(descend(kDeep, End::kReturn)) == kDeep);
}

TEST_CASE("a chain of 100 000 awaits throws") {
  CHECK_THROWS_WITH_AS(run(descend(kDeep, End::kThrow)), "from the bottom", std::runtime_error);
}

TEST_CASE("a chain of 10 000 awaits that sleeps is cancelled") {
  run([]() -> Task<> {
    auto task = create_task(descend(kSuspended, End::kSleep));
    co_await sleep(0s);
    task.cancel("deep");
    CHECK(co_await outcome(task) == "CancelledError(deep)");
  }());
}

TEST_CASE("a chain of 10 000 awaits that sleeps is dropped, from the innermost outwards") {
  LoggedLines log;
  int alive = 0;
  Loop loop;
  static_cast<void>(loop.create_task(descend_and_count(kSuspended, alive)));
  loop.stop();
  loop.run_forever();
  CHECK(alive == kSuspended + 1);
  loop.close();
  CHECK(alive == 0);
}

TEST_CASE("a million awaits one after the other cost no stack") {
  CHECK(run([]() -> Task<int> {
          int sum = 0;
          for (int i = 0; i < 1000000; ++i) sum += co_await value(1);
          co_return sum;
        }()) == 1000000);
}

TEST_CASE("10 000 tasks that await each other end in turn") {
  run([]() -> Task<> {
    std::vector<TaskHandle<int>> row{create_task(value(0, 2))};
    for (int i = 0; i < kSuspended; ++i) row.push_back(create_task(follow(row.back())));
    CHECK(co_await row.back() == kSuspended);
  }());
}

TEST_CASE("10 000 tasks that await each other are cancelled by the last") {
  run([]() -> Task<> {
    std::vector<TaskHandle<int>> row{create_task(forever())};
    for (int i = 0; i < kSuspended; ++i) row.push_back(create_task(follow(row.back())));
    co_await passes(2);
    row.back().cancel("row");
    CHECK(co_await outcome(row.back()) == "CancelledError(row)");
    CHECK(row.front().cancelled());
  }());
}

TEST_CASE("10 000 tasks that await each other are dropped") {
  LoggedLines log;
  Loop loop;
  TaskHandle<int> last = loop.create_task(forever());
  for (int i = 0; i < kSuspended; ++i) last = loop.create_task(follow(last));
  loop.stop();
  loop.run_forever();
  loop.close();
  CHECK(log.lines().size() == kSuspended + 1);
}

TEST_CASE("eager tasks one inside the other") {
  struct Nest {
    static Task<int> open(int n) {
      if (n == 0) co_return 0;
      co_return 1 + co_await create_task(open(n - 1), {.eager_start = true});
    }
  };
  CHECK(run(Nest::open(100)) == 100);
}

TEST_CASE("gathers inside gathers") {
  struct Tree {
    static Task<int> count(int depth) {
      if (depth == 0) co_return 1;
      auto [a, b] = co_await gather(count(depth - 1), count(depth - 1));
      co_return a + b;
    }
  };
  CHECK(run(Tree::count(10)) == 1024);
}
