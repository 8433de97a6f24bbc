// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/rate_limiter.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// A loop whose clock stands still, and is moved on by hand.
class ManualLoop final : public Loop {
 public:
  TimePoint time() const override { return now; }
  TimePoint now{1h};
};

Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
Task<> acquire(RateLimiter& limiter, std::string& trace, char name) {
  auto slot = co_await limiter.scoped();
  trace += name;
}

/// Runs `body(loop)` to its end on a ManualLoop.
template <class F>
void run_manually(F body) {
  ManualLoop loop;
  loop.run_until_complete(body(loop));
  shut_down(loop);
}

/// Six callers at once: how many were let through, half-interval after half-interval.
Task<> count_six(ManualLoop& loop, RateLimiter& limiter, Duration step, std::string& counts) {
  std::string trace;
  std::vector<TaskHandle<>> callers(6);
  char name = 'a';
  for (auto& caller : callers) caller = create_task(acquire(limiter, trace, name++));
  for (int i = 0; i < 9; ++i) {
    co_await passes(3);
    counts += static_cast<char>('0' + trace.size());
    loop.now += step;
  }
  CHECK(trace == "abcdef");
}

}  // namespace

TEST_CASE("a rate of two lets two through at once, then one each half second, in order") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter limiter(2.0);
    std::string counts;
    co_await count_six(loop, limiter, 250ms, counts);
    CHECK(counts == "223344556");
  });
}

TEST_CASE("the burst says how many are let through at once") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter one(2.0, 1);
    std::string counts;
    co_await count_six(loop, one, 500ms, counts);
    CHECK(counts == "123456666");
    RateLimiter six(3.0, 6);
    counts.clear();
    co_await count_six(loop, six, 0ms, counts);
    CHECK(counts == "666666666");
  });
}

TEST_CASE("a rate below one lets one through at once, then one each interval") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter limiter(0.5);
    std::string counts;
    co_await count_six(loop, limiter, 2s, counts);
    CHECK(counts == "123456666");
  });
}

TEST_CASE("a bucket left alone fills up to the burst and no further") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter limiter(2.0);
    std::string counts;
    co_await limiter.acquire();
    co_await limiter.acquire();
    loop.now += 1h;
    co_await count_six(loop, limiter, 250ms, counts);
    CHECK(counts == "223344556");
  });
}

TEST_CASE("a free slot is taken without suspending, but not before those who wait") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter limiter(1.0);
    std::string trace;
    auto other = create_task(passes(0));
    co_await limiter.acquire();
    CHECK_FALSE(other.done());
    auto a = create_task(acquire(limiter, trace, 'a'));
    co_await passes(1);
    loop.now += 1s;
    auto b = create_task(acquire(limiter, trace, 'b'), {.eager_start = true});
    co_await passes(3);
    CHECK(trace == "a");
    loop.now += 1s;
    co_await b;
    CHECK(trace == "ab");
  });
}

TEST_CASE("a waiter cancelled before its slot leaves it to the next") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter limiter(1.0);
    std::string trace;
    co_await limiter.acquire();
    auto a = create_task(acquire(limiter, trace, 'a'));
    auto b = create_task(acquire(limiter, trace, 'b'));
    co_await passes(1);
    a.cancel();
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(trace.empty());
    loop.now += 1s;
    co_await passes(3);
    CHECK(trace == "b");
  });
}

TEST_CASE("a waiter cancelled after it was woken gives its slot to the next") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter limiter(1.0);
    std::string trace;
    co_await limiter.acquire();
    auto a = create_task(acquire(limiter, trace, 'a'));
    auto b = create_task(acquire(limiter, trace, 'b'));
    co_await passes(1);
    // Due with the slot, and behind it: a was woken when it is cancelled.
    loop.call_later(1s, [task = a]() mutable { task.cancel(); });
    loop.now += 1s;
    co_await passes(4);
    CHECK(a.cancelled());
    CHECK(trace == "b");
  });
}

TEST_CASE("a frame dropped while it waits for its slot leaves it to the next") {
  run_manually([](ManualLoop& loop) -> Task<> {
    RateLimiter limiter(1.0);
    std::string trace;
    co_await limiter.acquire();
    auto a = create_task(acquire(limiter, trace, 'a'));
    auto b = create_task(acquire(limiter, trace, 'b'));
    co_await passes(1);
    a.core().abandon();
    loop.now += 1s;
    co_await passes(3);
    CHECK(trace == "b");
  });
}

TEST_CASE("tasks that wait for a limiter which is gone can still be cancelled") {
  run_manually([](ManualLoop& loop) -> Task<> {
    auto limiter = std::make_unique<RateLimiter>(1.0);
    std::string trace;
    co_await limiter->acquire();
    auto a = create_task(acquire(*limiter, trace, 'a'));
    co_await passes(1);
    limiter.reset();
    loop.now += 1h;
    co_await passes(2);
    CHECK_FALSE(a.done());
    a.cancel();
    co_await passes(1);
    CHECK(a.cancelled());
  });
}

TEST_CASE("a limiter may outlive its loop") {
  RateLimiter limiter(0.001);
  int taken = 0;
  for (int i = 0; i < 2; ++i) {
    run([](RateLimiter& l, int& count) -> Task<> {
      auto slot = create_task([](RateLimiter& waited, int& n) -> Task<> {
        for (;; ++n) co_await waited.acquire();
      }(l, count));
      co_await passes(2);
      CHECK_FALSE(slot.done());
    }(limiter, taken));
  }
  CHECK(taken == 1);  // the bucket held one; whoever waited when a loop ended took none
}

TEST_CASE("real time: slots are never early") {
  run([]() -> Task<> {
    RateLimiter limiter(1000, 1);
    const TimePoint start = get_running_loop().time();
    for (int i = 0; i < 4; ++i) co_await limiter.acquire();
    CHECK(get_running_loop().time() - start >= 3ms);
  }());
}

TEST_CASE("a rate is positive, and a burst at least one") {
  CHECK_THROWS_WITH_AS(RateLimiter(0.0), "RateLimiter rate must be > 0", std::invalid_argument);
  CHECK_THROWS_AS(RateLimiter(-1.0), std::invalid_argument);
  CHECK_THROWS_WITH_AS(RateLimiter(1.0, 0.5), "RateLimiter burst must be >= 1",
                       std::invalid_argument);
}
