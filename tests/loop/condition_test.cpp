// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/condition.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <memory>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
Task<> wait(Condition& condition, std::string& trace, char name) {
  auto guard = co_await condition.scoped();
  co_await condition.wait();
  CHECK(condition.locked());
  trace += name;
}
Task<> notify(Condition& condition, int n) {
  auto guard = co_await condition.scoped();
  condition.notify(n);
}

}  // namespace

TEST_CASE("a condition is used under its lock only") {
  run([]() -> Task<> {
    Condition condition;
    CHECK_THROWS_WITH_AS(condition.notify(), "cannot notify on un-acquired lock", RuntimeError);
    CHECK_THROWS_WITH_AS(condition.notify_all(), "cannot notify on un-acquired lock", RuntimeError);
    auto task = create_task(condition.wait());
    co_await passes(1);
    CHECK_THROWS_WITH_AS(task.result(), "cannot wait on un-acquired lock", RuntimeError);
    CHECK_THROWS_WITH_AS(condition.release(), "Lock is not acquired.", RuntimeError);
  }());
}

TEST_CASE("wait releases the lock and has it again when it returns") {
  run([]() -> Task<> {
    Lock lock;
    Condition condition(lock);
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    co_await passes(1);
    CHECK_FALSE(lock.locked());
    co_await condition.acquire();
    CHECK(lock.locked());
    condition.notify();
    co_await passes(3);
    CHECK(trace.empty());  // notified, and waits for the lock
    condition.release();
    co_await a;
    CHECK(trace == "a");
    CHECK_FALSE(lock.locked());
  }());
}

TEST_CASE("notify wakes as many as it is told, in order") {
  run([]() -> Task<> {
    Condition condition;
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    auto b = create_task(wait(condition, trace, 'b'));
    auto c = create_task(wait(condition, trace, 'c'));
    auto d = create_task(wait(condition, trace, 'd'));
    co_await passes(1);
    co_await notify(condition, 0);
    co_await passes(2);
    CHECK(trace.empty());
    co_await notify(condition, 1);
    co_await passes(2);
    CHECK(trace == "a");
    co_await notify(condition, 2);
    co_await passes(2);
    CHECK(trace == "abc");
    co_await notify(condition, 1024);
    co_await passes(2);
    CHECK(trace == "abcd");
  }());
}

TEST_CASE("notify_all wakes all who wait now") {
  run([]() -> Task<> {
    Condition condition;
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    auto b = create_task(wait(condition, trace, 'b'));
    co_await passes(1);
    co_await condition.acquire();
    condition.notify_all();
    condition.release();
    auto late = create_task(wait(condition, trace, 'l'), {.eager_start = true});
    co_await passes(3);
    CHECK(trace == "ab");
    late.cancel();
  }());
}

TEST_CASE("wait_for returns what the predicate returned, and looks before it waits") {
  run([]() -> Task<> {
    Condition condition;
    int value = 0;
    auto task = create_task([](Condition& c, int& v) -> Task<int> {
      auto guard = co_await c.scoped();
      co_return co_await c.wait_for([&v] { return v > 1 ? v : 0; });
    }(condition, value));
    co_await passes(1);
    for (value = 1; value < 3; ++value) {
      CHECK_FALSE(task.done());
      co_await notify(condition, 1);
      co_await passes(2);
      if (task.done()) break;
    }
    CHECK(task.result() == 2);
    CHECK(co_await condition.wait_for([] { return true; }));  // no lock is needed for that
  }());
}

TEST_CASE("a cancelled wait takes the lock again before the error leaves") {
  run([]() -> Task<> {
    Condition condition;
    bool locked = false;
    auto task = create_task([](Condition& c, bool& out) -> Task<> {
      auto guard = co_await c.scoped();
      try {
        co_await c.wait();
      } catch (const CancelledError& e) {
        CHECK(e.message == "enough");
        out = c.locked();
      }
    }(condition, locked));
    co_await passes(1);
    co_await condition.acquire();
    task.cancel("enough");
    co_await passes(3);
    CHECK_FALSE(task.done());
    condition.release();
    co_await task;
    CHECK(locked);
    CHECK_FALSE(condition.locked());
  }());
}

TEST_CASE("a wait cancelled again while it takes the lock still takes it; the last message wins") {
  run([]() -> Task<> {
    Condition condition;
    std::string message;
    auto task = create_task([](Condition& c, std::string& out) -> Task<> {
      auto guard = co_await c.scoped();
      try {
        co_await c.wait();
      } catch (const CancelledError& e) {
        CHECK(c.locked());
        out = e.message;
      }
    }(condition, message));
    co_await passes(1);
    co_await condition.acquire();
    task.cancel("first");
    co_await passes(2);
    task.cancel("second");
    co_await passes(2);
    CHECK_FALSE(task.done());
    condition.release();
    task.cancel("third");  // woken already: passes the lock on, and takes it again
    co_await task;
    CHECK(message == "third");
    CHECK(task.cancelling() == 3);
    CHECK_FALSE(condition.locked());
  }());
}

TEST_CASE("a notify that reached a waiter cancelled in the same pass goes to the next") {
  run([]() -> Task<> {
    Condition condition;
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    auto b = create_task(wait(condition, trace, 'b'));
    auto c = create_task(wait(condition, trace, 'c'));
    co_await passes(1);
    co_await notify(condition, 1);
    a.cancel();
    co_await passes(4);
    CHECK(a.cancelled());
    CHECK(trace == "b");
    c.cancel();
  }());
}

TEST_CASE("a notify that reached a waiter cancelled while it takes the lock goes to the next") {
  run([]() -> Task<> {
    Condition condition;
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    auto b = create_task(wait(condition, trace, 'b'));
    co_await passes(1);
    co_await condition.acquire();
    condition.notify();
    co_await passes(2);
    a.cancel();
    co_await passes(2);
    CHECK_FALSE(a.done());
    condition.release();
    co_await b;
    CHECK(a.cancelled());
    CHECK(trace == "b");
  }());
}

TEST_CASE("cancelling a waiter that was not notified wakes nobody else") {
  run([]() -> Task<> {
    Condition condition;
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    auto b = create_task(wait(condition, trace, 'b'));
    co_await passes(1);
    a.cancel();
    co_await passes(4);
    CHECK(a.cancelled());
    CHECK(trace.empty());
    co_await notify(condition, 1);
    co_await b;
  }());
}

TEST_CASE("a notify passes over waiters that are being cancelled") {
  run([]() -> Task<> {
    Condition condition;
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    auto b = create_task(wait(condition, trace, 'b'));
    co_await passes(1);
    a.cancel();
    co_await notify(condition, 1);
    co_await b;
    CHECK(trace == "b");
  }());
}

TEST_CASE("a guard around a wait whose frame is dropped does not release another's lock") {
  run([]() -> Task<> {
    Condition condition;
    std::string trace;
    auto a = create_task(wait(condition, trace, 'a'));
    auto b = create_task(wait(condition, trace, 'b'));
    auto c = create_task(wait(condition, trace, 'c'));
    co_await passes(1);
    co_await condition.acquire();
    a.core().abandon();
    CHECK(condition.locked());
    condition.notify();
    b.core().abandon();  // its notify goes to c
    CHECK(condition.locked());
    condition.release();
    co_await c;
    CHECK(trace == "c");
    CHECK_FALSE(condition.locked());
  }());
}

TEST_CASE("tasks that wait under a guard for a condition which is gone can still be cancelled") {
  run([]() -> Task<> {
    auto condition = std::make_unique<Condition>();
    std::string trace;
    auto a = create_task(wait(*condition, trace, 'a'));
    auto b = create_task(wait(*condition, trace, 'b'));
    co_await passes(1);
    co_await notify(*condition, 1);
    a.cancel();
    b.cancel();
    condition.reset();
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(b.cancelled());
  }());
}

TEST_CASE("conditions may share a lock") {
  run([]() -> Task<> {
    Lock lock;
    Condition first(lock);
    Condition second(lock);
    std::string trace;
    auto a = create_task(wait(first, trace, 'a'));
    auto b = create_task(wait(second, trace, 'b'));
    co_await passes(1);
    co_await lock.acquire();
    second.notify();
    lock.release();
    co_await b;
    CHECK(trace == "b");
    CHECK_FALSE(a.done());
    co_await notify(first, 1);
    co_await a;
  }());
}
