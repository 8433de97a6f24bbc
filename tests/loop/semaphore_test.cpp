// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/semaphore.hpp>
#include <capricorn/loop/sleep.hpp>

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
Task<> take(Semaphore& semaphore, std::string& trace, char name) {
  co_await semaphore.acquire();
  trace += name;
}

}  // namespace

TEST_CASE("a semaphore is acquired without suspending until it is at zero") {
  run([]() -> Task<> {
    Semaphore semaphore(2);
    auto other = create_task(passes(0));
    co_await semaphore.acquire();
    CHECK_FALSE(semaphore.locked());
    co_await semaphore.acquire();
    CHECK(semaphore.locked());
    CHECK_FALSE(other.done());
    semaphore.release();
    CHECK_FALSE(semaphore.locked());
  }());
}

TEST_CASE("a semaphore begins at one, at zero where told, and never below") {
  CHECK_FALSE(Semaphore().locked());
  CHECK(Semaphore(0).locked());
  CHECK_THROWS_WITH_AS(Semaphore(-1), "Semaphore initial value must be >= 0",
                       std::invalid_argument);
}

TEST_CASE("those who wait for a semaphore are served in order of arrival") {
  run([]() -> Task<> {
    Semaphore semaphore(0);
    std::string trace;
    auto a = create_task(take(semaphore, trace, 'a'));
    auto b = create_task(take(semaphore, trace, 'b'));
    auto c = create_task(take(semaphore, trace, 'c'));
    co_await passes(1);
    semaphore.release();
    semaphore.release();
    co_await passes(1);
    CHECK(trace == "ab");
    semaphore.release();
    co_await c;
    CHECK(trace == "abc");
    CHECK(semaphore.locked());
  }());
}

TEST_CASE("a newcomer waits behind one that was woken, even where there would be enough") {
  run([]() -> Task<> {
    Semaphore semaphore(0);
    std::string trace;
    auto a = create_task(take(semaphore, trace, 'a'));
    co_await passes(1);
    semaphore.release();
    semaphore.release();
    CHECK(semaphore.locked());
    co_await take(semaphore, trace, 'b');
    CHECK(trace == "ab");
  }());
}

TEST_CASE("a bounded semaphore is not released more often than acquired") {
  run([]() -> Task<> {
    BoundedSemaphore semaphore(1);
    CHECK_THROWS_WITH_AS(semaphore.release(), "BoundedSemaphore released too many times",
                         std::invalid_argument);
    co_await semaphore.acquire();
    semaphore.release();
    CHECK_THROWS_AS(semaphore.release(), std::invalid_argument);
    CHECK_FALSE(semaphore.locked());
  }());
  CHECK_THROWS_AS(BoundedSemaphore(-1), std::invalid_argument);
}

TEST_CASE("a plain semaphore may be released beyond its first value") {
  Semaphore semaphore(0);
  semaphore.release();
  semaphore.release();
  run([](Semaphore& s) -> Task<> {
    co_await s.acquire();
    co_await s.acquire();
    CHECK(s.locked());
  }(semaphore));
}

TEST_CASE("a guard of a semaphore puts back what it holds, once") {
  run([]() -> Task<> {
    BoundedSemaphore semaphore(1);
    {
      auto guard = co_await semaphore.scoped();
      CHECK(semaphore.locked());
      auto moved = std::move(guard);
      CHECK(semaphore.locked());
    }
    CHECK_FALSE(semaphore.locked());
    {
      auto guard = co_await semaphore.scoped();
      semaphore.release();  // by hand: nothing is left to put back
    }
    co_await semaphore.acquire();
    CHECK(semaphore.locked());
  }());
}

TEST_CASE("a waiter of a semaphore cancelled before its turn takes nothing") {
  run([]() -> Task<> {
    Semaphore semaphore(0);
    std::string trace;
    auto a = create_task(take(semaphore, trace, 'a'));
    auto b = create_task(take(semaphore, trace, 'b'));
    co_await passes(1);
    a.cancel();
    semaphore.release();
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(trace == "b");
    CHECK(semaphore.locked());
  }());
}

TEST_CASE("a waiter of a semaphore cancelled after it was woken hands over to the next") {
  run([]() -> Task<> {
    Semaphore semaphore(0);
    std::string trace;
    auto a = create_task(take(semaphore, trace, 'a'));
    auto b = create_task(take(semaphore, trace, 'b'));
    co_await passes(1);
    semaphore.release();
    a.cancel();
    co_await b;
    CHECK(a.cancelled());
    CHECK(trace == "b");
    CHECK(semaphore.locked());
  }());
}

TEST_CASE(
    "a waiter of a semaphore cancelled after it was woken, with nobody behind, puts it back") {
  run([]() -> Task<> {
    Semaphore semaphore(0);
    std::string trace;
    auto a = create_task(take(semaphore, trace, 'a'));
    co_await passes(1);
    semaphore.release();
    a.cancel();
    CHECK(semaphore.locked());
    co_await passes(1);
    CHECK_FALSE(semaphore.locked());
    CHECK(trace.empty());
  }());
}

TEST_CASE("several woken and cancelled in one pass lose nothing") {
  run([]() -> Task<> {
    Semaphore semaphore(0);
    std::string trace;
    auto a = create_task(take(semaphore, trace, 'a'));
    auto b = create_task(take(semaphore, trace, 'b'));
    auto c = create_task(take(semaphore, trace, 'c'));
    auto d = create_task(take(semaphore, trace, 'd'));
    co_await passes(1);
    semaphore.release();
    semaphore.release();
    a.cancel();
    b.cancel();
    co_await d;
    CHECK(trace == "cd");
    CHECK(semaphore.locked());
  }());
}

TEST_CASE("frames dropped while they wait for a semaphore lose nothing") {
  run([]() -> Task<> {
    Semaphore semaphore(0);
    std::string trace;
    auto a = create_task(take(semaphore, trace, 'a'));
    auto b = create_task(take(semaphore, trace, 'b'));
    auto c = create_task(take(semaphore, trace, 'c'));
    co_await passes(1);
    a.core().abandon();
    semaphore.release();
    b.core().abandon();
    co_await c;
    CHECK(trace == "c");
  }());
}

TEST_CASE("tasks that wait for a semaphore which is gone can still be cancelled") {
  run([]() -> Task<> {
    auto semaphore = std::make_unique<Semaphore>(0);
    std::string trace;
    auto a = create_task(take(*semaphore, trace, 'a'));
    auto b = create_task(take(*semaphore, trace, 'b'));
    co_await passes(1);
    semaphore->release();
    semaphore.reset();
    a.cancel();
    b.cancel();
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(b.cancelled());
  }());
}

TEST_CASE("a guard may outlive its semaphore, and touches none that stands in its place") {
  run([]() -> Task<> {
    std::optional<Semaphore> semaphore(std::in_place, 1);
    auto guard = std::make_unique<Semaphore::Guard>(co_await semaphore->scoped());
    semaphore.emplace(0);  // at the same address
    {
      const auto moved = std::move(*guard);
    }
    guard.reset();
    CHECK(semaphore->locked());
  }());
}
