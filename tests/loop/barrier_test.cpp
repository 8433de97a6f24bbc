// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/barrier.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
Task<> arrive(Barrier& barrier, std::string& trace, char name) {
  const int index = co_await barrier.wait();
  trace += name;
  trace += static_cast<char>('0' + index);
}
Task<> arrive_twice(Barrier& barrier, std::string& trace, char name) {
  co_await arrive(barrier, trace, name);
  co_await arrive(barrier, trace, name);
}

}  // namespace

TEST_CASE("a barrier has at least one party") {
  CHECK_THROWS_WITH_AS(Barrier(0), "parties must be > 0", std::invalid_argument);
  CHECK_THROWS_AS(Barrier(-1), std::invalid_argument);
  CHECK(Barrier(3).parties() == 3);
}

TEST_CASE("a barrier of one lets each pass without suspending") {
  run([]() -> Task<> {
    Barrier barrier(1);
    auto other = create_task(passes(0));
    CHECK(co_await barrier.wait() == 0);
    CHECK(co_await barrier.wait() == 0);
    CHECK_FALSE(other.done());
  }());
}

TEST_CASE("a barrier holds all until the last arrives; each has the index of its arrival") {
  run([]() -> Task<> {
    Barrier barrier(3);
    std::string trace;
    auto a = create_task(arrive(barrier, trace, 'a'));
    auto b = create_task(arrive(barrier, trace, 'b'));
    co_await passes(2);
    CHECK(trace.empty());
    CHECK(barrier.n_waiting() == 2);
    CHECK(co_await barrier.wait() == 2);  // the last does not suspend
    CHECK(trace.empty());
    CHECK(barrier.n_waiting() == 0);
    co_await passes(1);
    CHECK(trace == "a0b1");
    CHECK_FALSE(barrier.broken());
  }());
}

TEST_CASE("a barrier can be used again; who comes early waits until it is drained") {
  run([]() -> Task<> {
    Barrier barrier(2);
    std::string trace;
    auto a = create_task(arrive_twice(barrier, trace, 'a'));
    auto b = create_task(arrive_twice(barrier, trace, 'b'));
    co_await b;
    co_await a;
    CHECK(trace == "b1a0b1a0");
    CHECK(barrier.n_waiting() == 0);
  }());
}

TEST_CASE("aborting a barrier fails those who wait and all who come") {
  run([]() -> Task<> {
    Barrier barrier(3);
    auto a = create_task(barrier.wait());
    auto b = create_task(barrier.wait());
    co_await passes(1);
    co_await barrier.abort();
    CHECK(barrier.broken());
    co_await passes(1);
    CHECK_THROWS_WITH_AS(a.result(), "Abort or reset of barrier", BrokenBarrierError);
    CHECK_THROWS_AS(b.result(), BrokenBarrierError);
    auto c = create_task(barrier.wait());
    co_await passes(1);
    CHECK_THROWS_WITH_AS(c.result(), "Barrier aborted", BrokenBarrierError);
    CHECK(barrier.n_waiting() == 0);
  }());
}

TEST_CASE("a broken barrier is as new after a reset") {
  run([]() -> Task<> {
    Barrier barrier(2);
    std::string trace;
    barrier.abort();
    barrier.reset();
    CHECK_FALSE(barrier.broken());
    auto a = create_task(arrive(barrier, trace, 'a'));
    co_await passes(1);
    co_await arrive(barrier, trace, 'b');
    co_await a;
    CHECK(trace == "b1a0");
  }());
}

TEST_CASE("resetting a barrier fails those who wait, and later ones fill it anew") {
  run([]() -> Task<> {
    Barrier barrier(2);
    std::string trace;
    auto a = create_task(barrier.wait());
    co_await passes(1);
    co_await barrier.reset();
    CHECK_FALSE(barrier.broken());
    CHECK(barrier.n_waiting() == 0);
    auto b = create_task(arrive(barrier, trace, 'b'), {.eager_start = true});  // until a has left
    co_await passes(2);
    CHECK_THROWS_WITH_AS(a.result(), "Abort or reset of barrier", BrokenBarrierError);
    CHECK(barrier.n_waiting() == 1);
    co_await arrive(barrier, trace, 'c');
    co_await b;
    CHECK(trace == "c1b0");
  }());
}

TEST_CASE("resetting a barrier on which nobody waits changes nothing") {
  run([]() -> Task<> {
    Barrier barrier(2);
    barrier.reset();
    CHECK_FALSE(barrier.broken());
    auto a = create_task(barrier.wait());
    co_await passes(1);
    CHECK(co_await barrier.wait() == 1);
    CHECK(co_await a == 0);
  }());
}

TEST_CASE("a reset or an abort while a barrier drains reaches those who have yet to leave") {
  for (bool reset : {true, false}) {
    run([](bool resets) -> Task<> {
      Barrier barrier(2);
      auto a = create_task(barrier.wait());
      co_await passes(1);
      CHECK(co_await barrier.wait() == 1);
      if (resets)
        barrier.reset();
      else
        barrier.abort();
      co_await passes(1);
      CHECK_THROWS_AS(a.result(), BrokenBarrierError);
      CHECK(barrier.broken() == !resets);
    }(reset));
  }
}

TEST_CASE("a task cancelled at a barrier has not arrived") {
  run([]() -> Task<> {
    Barrier barrier(2);
    std::string trace;
    auto a = create_task(arrive(barrier, trace, 'a'));
    co_await passes(1);
    a.cancel();
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(barrier.n_waiting() == 0);
    auto b = create_task(arrive(barrier, trace, 'b'));
    co_await passes(1);
    CHECK_FALSE(b.done());
    co_await arrive(barrier, trace, 'c');
    co_await b;
    CHECK(trace == "c1b0");
  }());
}

TEST_CASE("a task cancelled after the barrier let it go leaves it drained") {
  run([]() -> Task<> {
    Barrier barrier(2);
    std::string trace;
    auto a = create_task(arrive(barrier, trace, 'a'));
    co_await passes(1);
    co_await arrive(barrier, trace, 'b');
    a.cancel();
    auto c = create_task(arrive(barrier, trace, 'c'), {.eager_start = true});
    co_await passes(2);
    CHECK(a.cancelled());
    CHECK(barrier.n_waiting() == 1);
    co_await arrive(barrier, trace, 'd');
    co_await c;
    CHECK(trace == "b1d1c0");
  }());
}

TEST_CASE("a task cancelled while it waits for a barrier to drain leaves no trace") {
  run([]() -> Task<> {
    Barrier barrier(2);
    std::string trace;
    auto a = create_task(arrive(barrier, trace, 'a'));
    co_await passes(1);
    co_await arrive(barrier, trace, 'b');
    auto c = create_task(arrive(barrier, trace, 'c'), {.eager_start = true});
    c.cancel();
    co_await passes(2);
    CHECK(c.cancelled());
    CHECK(trace == "b1a0");
    CHECK(barrier.n_waiting() == 0);
  }());
}

TEST_CASE("a frame dropped at a barrier has not arrived; dropped while it drains, it has left") {
  run([]() -> Task<> {
    Barrier barrier(2);
    std::string trace;
    auto a = create_task(arrive(barrier, trace, 'a'));
    co_await passes(1);
    a.core().abandon();
    CHECK(barrier.n_waiting() == 0);
    auto b = create_task(arrive(barrier, trace, 'b'));
    co_await passes(1);
    co_await arrive(barrier, trace, 'c');
    b.core().abandon();
    auto d = create_task(arrive(barrier, trace, 'd'), {.eager_start = true});
    CHECK(barrier.n_waiting() == 1);
    d.cancel();
  }());
}

TEST_CASE("the last to arrive may take the barrier with it") {
  run([]() -> Task<> {
    auto barrier = std::make_unique<Barrier>(3);
    auto a = create_task(barrier->wait());
    auto b = create_task(barrier->wait());
    co_await passes(1);
    CHECK(co_await barrier->wait() == 2);
    b.cancel();
    barrier.reset();
    CHECK(co_await a == 0);
    CHECK(b.cancelled());
  }());
}
