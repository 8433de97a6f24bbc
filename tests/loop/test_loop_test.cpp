// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/to_thread.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

const RunOptions kVirtual{.loop_factory = [] { return std::make_unique<TestLoop>(); }};

Task<> note(std::string name, Duration when, std::vector<std::string>& notes) {
  co_await sleep(when);
  notes.push_back(std::move(name));
}

}  // namespace

TEST_CASE("an hour of sleep takes no time") {
  const auto began = std::chrono::steady_clock::now();
  TestLoop loop;
  const TimePoint before = loop.time();
  loop.run_until_complete([]() -> Task<> { co_await sleep(1h); }());
  CHECK(loop.time() - before == 1h);
  CHECK(std::chrono::steady_clock::now() - began < 1min);
}

TEST_CASE("the clock stands still while anything runs") {
  run(
      []() -> Task<> {
        Loop& loop = get_running_loop();
        const TimePoint before = loop.time();
        for (int i = 0; i < 100; ++i) co_await sleep(0s);
        CHECK(loop.time() == before);
        CHECK(loop.cached_time() == before);
      }(),
      kVirtual);
}

TEST_CASE("sleepers wake in the order of their deadlines, each exactly at its own") {
  run(
      []() -> Task<> {
        std::vector<std::string> notes;
        const TimePoint before = get_running_loop().time();
        co_await gather(note("c", 3s, notes), note("a", 1s, notes), note("b", 2s, notes));
        CHECK(notes == std::vector<std::string>{"a", "b", "c"});
        CHECK(get_running_loop().time() - before == 3s);
      }(),
      kVirtual);
}

TEST_CASE("a deadline further away than the longest poll comes at its time") {
  TestLoop loop;
  const TimePoint before = loop.time();
  loop.run_until_complete([]() -> Task<> { co_await sleep(100h); }());
  CHECK(loop.time() - before == 100h);
}

TEST_CASE("advance between runs runs what falls due, and nothing that does not") {
  TestLoop loop;
  const TimePoint before = loop.time();
  std::vector<Duration> ran;
  for (const Duration delay : {1s, 2s, 3s}) {
    loop.call_later(delay, [&] { ran.push_back(loop.time() - before); });
  }
  loop.advance(2s);
  CHECK(ran == std::vector<Duration>{1s, 2s});
  CHECK(loop.time() - before == 2s);
  loop.advance(999ms);
  CHECK(ran.size() == 2);
  loop.advance(1ms);
  CHECK(ran.size() == 3);
}

TEST_CASE("advance runs what comes of what fell due") {
  TestLoop loop;
  std::vector<std::string> notes;
  auto task = loop.create_task(note("woke", 1s, notes));
  loop.advance(1s);
  CHECK(task.done());
  CHECK(notes.size() == 1);
}

TEST_CASE("advance within a task moves the clock, and what fell due comes with the next pass") {
  run(
      []() -> Task<> {
        auto& loop = static_cast<TestLoop&>(get_running_loop());
        bool ran = false;
        loop.call_later(5s, [&] { ran = true; });
        loop.advance(5s);
        CHECK_FALSE(ran);
        co_await sleep(0s);  // stands in the queue before what fell due
        co_await sleep(0s);
        CHECK(ran);
      }(),
      kVirtual);
}

TEST_CASE("a timeout ends at its virtual time") {
  run(
      []() -> Task<> {
        const TimePoint before = get_running_loop().time();
        bool caught = false;
        try {
          co_await wait_for(Future<void>(get_running_loop()), 30s);
        } catch (const TimeoutError&) {
          caught = true;
        }
        CHECK(caught);
        CHECK(get_running_loop().time() - before == 30s);
      }(),
      kVirtual);
}

TEST_CASE("the clock does not jump over work in a thread") {
  run(
      []() -> Task<> {
        const TimePoint before = get_running_loop().time();
        const int n = co_await wait_for(to_thread([] {
                                          std::this_thread::sleep_for(5ms);
                                          return 7;
                                        }),
                                        1s);
        CHECK(n == 7);
        CHECK(get_running_loop().time() == before);
        co_await sleep(1s);
        CHECK(get_running_loop().time() - before == 1s);
      }(),
      kVirtual);
}

TEST_CASE("a job that its task no longer waits for still holds the clock until it is done") {
  std::latch go(1);
  run(
      [](std::latch& latch) -> Task<> {
        Loop& loop = get_running_loop();
        const TimePoint before = loop.time();
        auto task = create_task(
            [](std::latch& l) -> Task<> { co_await to_thread([&l] { l.wait(); }); }(latch));
        while (loop.jobs_outside() == 0) co_await sleep(0s);
        task.cancel();
        co_await sleep(0s);
        std::thread([&latch] { latch.count_down(); }).join();
        co_await sleep(2s);
        CHECK(loop.time() - before == 2s);
        CHECK(loop.jobs_outside() == 0);
      }(go),
      kVirtual);
}

TEST_CASE("real input is taken before the clock jumps") {
  int ends[2] = {};
  REQUIRE(::pipe(ends) == 0);
  run(
      [](int in, int out) -> Task<> {
        Loop& loop = get_running_loop();
        const TimePoint before = loop.time();
        Future<void> readable(loop);
        loop.add_reader(in, [&] {
          loop.remove_reader(in);
          readable.set_result();
        });
        CHECK(::write(out, "x", 1) == 1);
        co_await wait_for(readable, 1s);
        CHECK(loop.time() == before);
      }(ends[0], ends[1]),
      kVirtual);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("without a deadline it waits for another thread") {
  std::thread thread;
  run(
      [](std::thread& other) -> Task<> {
        Loop& loop = get_running_loop();
        const TimePoint before = loop.time();
        Future<void> posted(loop);
        other = std::thread([&loop, posted]() mutable {
          std::this_thread::sleep_for(5ms);
          loop.call_soon_threadsafe([posted]() mutable { posted.set_result(); });
        });
        co_await posted;
        CHECK(loop.time() == before);
      }(thread),
      kVirtual);
  thread.join();
}
