// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/task_handle.hpp>
#include <capricorn/loop/timeout.hpp>

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

/// For a task that is made behind this one.
Task<int> follow_later(TaskHandle<int>& task) {
  co_await sleep(0s);
  co_return co_await task;
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

TEST_CASE("100 000 tasks that await each other are cancelled by the last") {
  run([]() -> Task<> {
    std::vector<TaskHandle<int>> row{create_task(forever())};
    for (int i = 0; i < kDeep; ++i) row.push_back(create_task(follow(row.back())));
    co_await passes(2);
    row.back().cancel("row");
    for (const auto& task : row) REQUIRE(task.cancelling() == 1);
    CHECK(co_await outcome(row.back()) == "CancelledError(row)");
    CHECK(row.front().cancelled());
  }());
}

TEST_CASE("1000 gathers one inside the other are cancelled by the outermost") {
  run([]() -> Task<> {
    auto innermost = create_task(forever());
    TaskHandle<int> task = innermost;
    for (int i = 0; i < 1000; ++i) {
      task = create_task([](TaskHandle<int> inner) -> Task<int> {
        auto [n, none] = co_await gather(inner, value(0));
        co_return n;
      }(task));
    }
    co_await passes(4);
    task.cancel("nest");
    CHECK(innermost.cancelling() == 1);
    CHECK(co_await outcome(task) == "CancelledError(nest)");
    CHECK(innermost.cancelled());
  }());
}

// asyncio's cancel() raises RecursionError here, and run() never ends.
TEST_CASE("tasks that await each other in a ring are cancelled where the ring closes") {
  for (const std::size_t size : {2, 3, 500}) {
    CAPTURE(size);
    run([](std::size_t n) -> Task<> {
      std::vector<TaskHandle<int>> ring(n);
      for (std::size_t i = 0; i < n; ++i) {
        ring[i] = create_task([](std::vector<TaskHandle<int>>& all, std::size_t next) -> Task<int> {
          co_return co_await all[next];
        }(ring, (i + 1) % n));
      }
      co_await passes(2);
      CHECK(ring[0].cancel("ring"));
      CHECK(co_await outcome(ring[0]) == "CancelledError(ring)");
      for (const auto& task : ring) CHECK(task.cancelled());
    }(size));
  }
}

// 1. One task waited for another, which was cancelled while it ran, and then awaited the first.
// 2. The cancellation came back to it from there: it was counted twice, and taken for delivered.
// 3. It went on as though what it awaited were done.
TEST_CASE("a ring that a cancelled task closes itself is cancelled once, where it closes") {
  run([]() -> Task<> {
    TaskHandle<int> first, second;
    first = create_task(follow_later(second));
    second = create_task([](TaskHandle<int>& other) -> Task<int> {
      co_await passes(2);
      current_task().cancel("itself");
      co_return co_await other;
    }(first));
    CHECK(co_await outcome(first) == "CancelledError(itself)");
    CHECK(co_await outcome(second) == "CancelledError(itself)");
    CHECK(first.cancelling() == 1);
    CHECK(second.cancelling() == 1);
  }());
}

TEST_CASE("a timeout inside a ring is a TimeoutError") {
  run_virtually([]() -> Task<> {
    TaskHandle<int> first, second;
    first = create_task(follow_later(second));
    second = create_task([](TaskHandle<int>& other) -> Task<int> {
      co_await timeout(1s, [&other](Timeout&) -> Task<> { co_await other; });
      co_return 0;
    }(first));
    CHECK(co_await outcome(second) == "TimeoutError");
    CHECK(second.cancelling() == 0);
    CHECK(first.cancelled());
  }());
}

TEST_CASE("a ring through gather is cancelled, and one that is left when main ends") {
  LoggedLines log;
  auto ended = std::make_shared<int>(0);
  run([](std::shared_ptr<int> count) -> Task<> {
    struct Pair {
      TaskHandle<int> a, b;
    };
    auto pair = std::make_shared<Pair>();
    auto gathering = [](std::shared_ptr<Pair> both, std::shared_ptr<int> n) -> Task<int> {
      try {
        co_await gather(both->b, forever());
      } catch (const CancelledError&) {
        ++*n;
        throw;
      }
      co_return 0;
    };
    auto following = [](std::shared_ptr<Pair> both, std::shared_ptr<int> n) -> Task<int> {
      try {
        co_await both->a;
      } catch (const CancelledError&) {
        ++*n;
        throw;
      }
      co_return 0;
    };
    pair->a = create_task(gathering(pair, count));
    pair->b = create_task(following(pair, count));
    co_await passes(3);
  }(ended));
  CHECK(*ended == 2);
  CHECK(log.lines().empty());
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
