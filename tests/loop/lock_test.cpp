// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/lock.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
Task<> take(Lock& lock, std::string& trace, char name) {
  co_await lock.acquire();
  trace += name;
}
Task<> take_and_release(Lock& lock, std::string& trace, char name) {
  auto guard = co_await lock.scoped();
  trace += name;
}

}  // namespace

TEST_CASE("a free lock is taken without suspending") {
  run([]() -> Task<> {
    Lock lock;
    auto other = create_task(passes(0));
    for (int i = 0; i < 100; ++i) {
      co_await lock.acquire();
      CHECK(lock.locked());
      lock.release();
      CHECK_FALSE(lock.locked());
    }
    CHECK_FALSE(other.done());
  }());
}

TEST_CASE("a lock is given to those who wait in order of arrival") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take_and_release(lock, trace, 'a'));
    auto b = create_task(take_and_release(lock, trace, 'b'));
    auto c = create_task(take_and_release(lock, trace, 'c'));
    co_await passes(3);
    CHECK(trace.empty());
    lock.release();
    CHECK(trace.empty());
    co_await c;
    CHECK(trace == "abc");
    CHECK_FALSE(lock.locked());
  }());
}

TEST_CASE("a newcomer does not overtake the waiter that was woken") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take_and_release(lock, trace, 'a'));
    co_await passes(1);
    lock.release();
    CHECK_FALSE(lock.locked());
    co_await take_and_release(lock, trace, 'b');
    CHECK(trace == "ab");
  }());
}

TEST_CASE("releasing a lock that nobody holds throws") {
  Lock lock;
  CHECK_THROWS_WITH_AS(lock.release(), "Lock is not acquired.", RuntimeError);
}

TEST_CASE("a lock is not re-entrant, and not owned by the task that took it") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    auto twice = create_task([](Lock& l, std::string& out) -> Task<> {
      co_await l.acquire();
      co_await take(l, out, 'a');
    }(lock, trace));
    co_await passes(3);
    CHECK_FALSE(twice.done());
    lock.release();
    co_await twice;
    CHECK(trace == "a");
  }());
}

TEST_CASE("a waiter cancelled before its turn leaves the line, with the message") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task([](Lock& l) -> Task<std::string> {
      try {
        co_await l.acquire();
      } catch (const CancelledError& e) {
        co_return e.message;
      }
      co_return "acquired";
    }(lock));
    auto b = create_task(take(lock, trace, 'b'));
    co_await passes(1);
    CHECK(a.cancel("enough"));
    CHECK(co_await a == "enough");
    CHECK(lock.locked());
    lock.release();
    co_await b;
    CHECK(lock.locked());
  }());
}

TEST_CASE("a waiter cancelled after it was woken passes the lock on") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take(lock, trace, 'a'));
    auto b = create_task(take(lock, trace, 'b'));
    co_await passes(1);
    lock.release();
    CHECK(a.cancel());
    co_await b;
    CHECK(a.cancelled());
    CHECK(trace == "b");
    CHECK(lock.locked());
  }());
}

TEST_CASE("the lock is passed on before the cancelled waiter handles its error") {
  run([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    auto a = create_task([](Lock& l) -> Task<> {
      auto acquire = l.acquire();
      bool cancelled = false;
      try {
        co_await acquire;
      } catch (const CancelledError&) {
        cancelled = true;
      }
      CHECK(cancelled);
      co_await l.acquire();  // behind b
      l.release();
    }(lock));
    std::string trace;
    auto b = create_task(take_and_release(lock, trace, 'b'));
    co_await passes(1);
    lock.release();
    a.cancel();
    co_await a;
    CHECK(trace == "b");
  }());
}

TEST_CASE("a cancellation withdrawn in time leaves the woken waiter its lock") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take(lock, trace, 'a'));
    co_await passes(1);
    lock.release();
    a.cancel();
    CHECK(a.uncancel() == 0);
    co_await a;
    CHECK(trace == "a");
  }());
}

TEST_CASE("a free lock whose waiters are all cancelled is taken at once") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take(lock, trace, 'a'));
    co_await passes(1);
    a.cancel();
    lock.release();
    auto b = create_task(take(lock, trace, 'b'), {.eager_start = true});
    CHECK(trace == "b");
    co_await passes(2);
    CHECK(a.cancelled());
    CHECK(trace == "b");
  }());
}

TEST_CASE("behind a waiter that is being cancelled the next one gets the lock when it has left") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take(lock, trace, 'a'));
    auto b = create_task(take(lock, trace, 'b'));
    co_await passes(1);
    a.cancel();
    lock.release();
    auto c = create_task(take(lock, trace, 'c'), {.eager_start = true});
    CHECK(trace.empty());
    co_await b;
    CHECK(trace == "b");
    lock.release();
    co_await c;
  }());
}

TEST_CASE("two cancelled in a row after the first was woken: the third gets the lock") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take(lock, trace, 'a'));
    auto b = create_task(take(lock, trace, 'b'));
    auto c = create_task(take(lock, trace, 'c'));
    co_await passes(1);
    b.cancel();
    lock.release();
    a.cancel();
    co_await c;
    CHECK(trace == "c");
  }());
}

TEST_CASE("a guard releases where its scope is left, by an exception too") {
  run([]() -> Task<> {
    Lock lock;
    bool locked = false;
    try {
      auto guard = co_await lock.scoped();
      locked = lock.locked();
      throw std::runtime_error("out");
    } catch (const std::runtime_error&) {
      CHECK(locked);
    }
    CHECK_FALSE(lock.locked());
  }());
}

TEST_CASE("a guard can be moved, and releases once") {
  run([]() -> Task<> {
    Lock lock;
    std::optional<Lock::Guard> kept;
    {
      auto guard = co_await lock.scoped();
      kept.emplace(std::move(guard));
    }
    CHECK(lock.locked());
    kept.reset();
    CHECK_FALSE(lock.locked());
  }());
}

TEST_CASE("a guard whose lock was released by hand leaves the next holder alone") {
  run([]() -> Task<> {
    Lock lock;
    {
      auto guard = co_await lock.scoped();
      lock.release();
      co_await lock.acquire();
    }
    CHECK(lock.locked());
  }());
}

TEST_CASE("a frame dropped while it waits leaves the line; one that was woken passes the lock on") {
  run([]() -> Task<> {
    Lock lock;
    std::string trace;
    co_await lock.acquire();
    auto a = create_task(take(lock, trace, 'a'));
    auto b = create_task(take(lock, trace, 'b'));
    auto c = create_task(take(lock, trace, 'c'));
    co_await passes(1);
    a.core().abandon();
    lock.release();
    b.core().abandon();
    co_await c;
    CHECK(trace == "c");
  }());
}

TEST_CASE("tasks that wait for a lock which is gone can still be cancelled") {
  run([]() -> Task<> {
    auto lock = std::make_unique<Lock>();
    std::string trace;
    co_await lock->acquire();
    auto a = create_task(take(*lock, trace, 'a'));
    auto b = create_task(take(*lock, trace, 'b'));
    co_await passes(1);
    lock->release();
    lock.reset();
    b.cancel();
    co_await passes(1);
    CHECK(b.cancelled());
    CHECK_THROWS_WITH_AS(a.result(), "what the task waited for was destroyed", RuntimeError);
  }());
}

TEST_CASE("a guard may outlive its lock, and touches none that stands in its place") {
  run([]() -> Task<> {
    std::optional<Lock> lock(std::in_place);
    auto guard = std::make_unique<Lock::Guard>(co_await lock->scoped());
    lock.emplace();  // at the same address
    co_await lock->acquire();
    {
      const auto moved = std::move(*guard);
    }
    guard.reset();
    CHECK(lock->locked());
  }());
}

TEST_CASE("an acquire that times out has not taken the lock") {
  run([]() -> Task<> {
    Lock lock;
    co_await lock.acquire();
    bool timed_out = false;
    try {
      co_await wait_for(lock.acquire(), 1ms);
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    CHECK(timed_out);
    lock.release();
    auto guard = co_await wait_for(lock.scoped(), 1s);
    CHECK(lock.locked());
  }());
}
