// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/timer_queue.hpp>

#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint kStart{std::chrono::hours(1)};

struct Timer final : TimerNode {
  void run() override {}
  int number = 0;
};

/// A delay of any size: the tick under way, each of the wheels, and beyond them.
Duration any_delay(std::mt19937_64& random) {
  const int bits = static_cast<int>(random() % 54);  // of nanoseconds: 100 days
  return Duration(random() % (std::uint64_t{2} << bits));
}

std::vector<int> pop(TimerQueue& queue, TimePoint now) {
  IntrusiveList<Runnable> ready;
  queue.pop_due(now, ready);
  std::vector<int> numbers;
  while (!ready.empty()) numbers.push_back(static_cast<Timer&>(ready.pop_front()).number);
  return numbers;
}

/// What a TimerQueue is to do, done by a sorted map: (deadline, order of creation) → timer.
using Expected = std::map<std::pair<TimePoint, int>, Timer*>;

std::vector<int> pop(Expected& expected, TimePoint now) {
  std::vector<int> numbers;
  while (!expected.empty() && expected.begin()->first.first <= now) {
    numbers.push_back(expected.begin()->second->number);
    expected.erase(expected.begin());
  }
  return numbers;
}

}  // namespace

TEST_CASE("timers come by deadline and order of creation, whatever is cancelled in between") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    TimePoint now = kStart;
    TimerQueue queue(now);
    Expected expected;
    std::vector<std::unique_ptr<Timer>> timers;
    for (int step = 0; step < 2000; ++step) {
      const auto what = random() % 8;
      if (what < 5) {
        Timer& timer = *timers.emplace_back(std::make_unique<Timer>());
        timer.number = static_cast<int>(timers.size());
        // In half of the rounds many share a deadline.
        TimePoint when = now + any_delay(random);
        if (round % 2) when = kStart + std::chrono::ceil<std::chrono::milliseconds>(when - kStart);
        queue.add(timer, when);
        expected[{when, timer.number}] = &timer;
      } else if (what < 7 && !timers.empty()) {
        Timer& timer = *timers[random() % timers.size()];
        queue.cancel(timer);
        expected.erase({timer.when(), timer.number});
      } else {
        now += any_delay(random) / 64;
        REQUIRE(pop(queue, now) == pop(expected, now));
      }
      REQUIRE(queue.size() == expected.size());
      if (!queue.empty()) REQUIRE(queue.next_deadline() <= expected.begin()->first.first);
    }
    REQUIRE(pop(queue, TimePoint::max()) == pop(expected, TimePoint::max()));
    CHECK(queue.empty());
  }
}

TEST_CASE("the next look is where the timer's tick begins, then at its deadline") {
  for (const Duration delay : {Duration(3ms), Duration(5s), Duration(1h), Duration(24h * 30)}) {
    TimerQueue queue(kStart);
    Timer timer;
    Timer later;
    queue.add(timer, kStart + delay + 1us);
    queue.add(later, kStart + delay + 5ms);
    const TimePoint tick_begins = queue.next_deadline();
    CHECK(tick_begins > kStart + delay - 1049us);  // a tick is 2^20 ns
    CHECK(tick_begins <= timer.when());
    CHECK(pop(queue, tick_begins).empty());
    CHECK(queue.next_deadline() == timer.when());
    CHECK(pop(queue, timer.when() - 1ns).empty());
    CHECK(queue.next_deadline() == timer.when());
    queue.cancel(timer);
    queue.cancel(later);
    CHECK(queue.empty());
  }
}

TEST_CASE(
    "a timer within the tick under way, or beyond the wheels, is looked for at its deadline") {
  for (const Duration delay : {Duration(1), Duration(1us), Duration(24h * 100)}) {
    TimerQueue queue(kStart);
    Timer timer;
    queue.add(timer, kStart + delay);
    CHECK(queue.next_deadline() == kStart + delay);
    CHECK(pop(queue, kStart + delay - 1ns).empty());
    queue.cancel(timer);
  }
}

TEST_CASE("a loop wakes twice for a timer: where its tick begins, and at its deadline") {
  TestLoop loop;
  const TimePoint start = loop.time();
  std::uint64_t passes = 0;
  loop.call_later(90min + 1us, [&] {
    passes = loop.pass_count();
    CHECK(loop.time() == start + 90min + 1us);
    loop.stop();
  });
  loop.run_forever();
  CHECK(passes == 2);
}
