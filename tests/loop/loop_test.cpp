// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/loop.hpp>

#include <cstdlib>
#include <memory>
#include <scenario.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// Runs what is scheduled now, and nothing of what that schedules.
void run_one_pass(Loop& loop) {
  loop.stop();
  loop.run_forever();
}

}  // namespace

// The pass

TEST_CASE("one pass runs a snapshot: what a callback schedules runs in the next") {
  Loop loop;
  std::string trace;
  loop.call_soon([&] {
    trace += "a";
    loop.call_soon([&] { trace += "c"; });
    loop.stop();
  });
  loop.call_soon([&] { trace += "b"; });
  loop.run_forever();
  CHECK(trace == "ab");
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(trace == "abc");
}

TEST_CASE("a chain of callbacks that schedule each other does not keep a timer waiting") {
  Loop loop;
  struct Chain {
    Loop& loop;
    long& links;
    void operator()() const {
      ++links;
      loop.call_soon(Chain{loop, links});
    }
  };
  long links = 0;
  bool fired = false;
  const TimePoint due = loop.time() + 1ms;
  loop.call_soon(Chain{loop, links});
  loop.call_at(due, [&] {
    fired = true;
    loop.stop();
  });
  // Where the chain kept the timer waiting, this would never end; the chain ends it.
  loop.call_soon([&] { CHECK(links > 0); });
  loop.run_forever();
  CHECK(fired);
  CHECK(loop.time() >= due);
  CHECK(links > 1);
}

TEST_CASE("stop lets the pass under way finish, and what it scheduled waits for the next run") {
  Loop loop;
  std::string trace;
  loop.call_soon([&] {
    trace += "a";
    loop.stop();
    loop.call_soon([&] { trace += "later"; });
  });
  loop.call_soon([&] { trace += "b"; });
  loop.run_forever();
  CHECK(trace == "ab");
}

TEST_CASE("stop before run_forever runs one pass") {
  Loop loop;
  std::string trace;
  loop.call_soon([&] {
    trace += "a";
    loop.call_soon([&] { trace += "b"; });
  });
  run_one_pass(loop);
  CHECK(trace == "a");
  run_one_pass(loop);
  CHECK(trace == "ab");
}

TEST_CASE("a pass runs timers that are due after what was ready") {
  Loop loop;
  std::string trace;
  loop.call_later(0s, [&] { trace += "0"; });
  loop.call_later(-1s, [&] { trace += "-"; });
  loop.call_soon([&] { trace += "s"; });
  run_one_pass(loop);
  // The deadline of the second lies before the first's, as in asyncio.
  CHECK(trace == "s-0");
}

TEST_CASE("a deadline before the beginning of time is due, and no overflow") {
  Loop loop;
  std::string trace;
  loop.call_later(0s, [&] { trace += "0"; });
  loop.call_later(Duration::min(), [&] { trace += "-"; });
  loop.call_at(TimePoint::min(), [&] { trace += "m"; });
  run_one_pass(loop);
  CHECK(trace == "m-0");
}

// Timers

TEST_CASE("timers run by deadline, and by order of creation where deadlines are equal") {
  Loop loop;
  std::vector<int> order;
  const auto soon = loop.time() + 2ms;
  for (int i = 0; i < 8; ++i) loop.call_at(soon, [&order, i] { order.push_back(i); });
  loop.call_at(soon - 1ms, [&] { order.push_back(-1); });
  loop.call_at(soon, [&] { loop.stop(); });
  loop.run_forever();
  CHECK(order == std::vector<int>{-1, 0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(loop.time() >= soon);
}

TEST_CASE("a timer is never early") {
  Loop loop;
  int early = 0;
  int left = 50;
  for (int i = 0; i < 50; ++i) {
    const auto when = loop.time() + std::chrono::microseconds(i * 73);
    loop.call_at(when, [&, when] {
      early += loop.time() < when;
      if (--left == 0) loop.stop();
    });
  }
  loop.run_forever();
  CHECK(early == 0);
}

TEST_CASE("timers in a wide range run in the order of their deadlines") {
  TestLoop loop;
  std::vector<int> order;
  const TimePoint start = loop.time();
  const Duration delays[] = {72h, 1ns, 24h * 100, 3s, 1ms, 300ms, 5min, 2ms, 24h * 40, 1s};
  for (int i = 0; i < 10; ++i) loop.call_at(start + delays[i], [&order, i] { order.push_back(i); });
  loop.call_at(start + 24h * 101, [&] { loop.stop(); });
  loop.run_forever();
  CHECK(order == std::vector<int>{1, 4, 7, 5, 9, 3, 6, 0, 8, 2});
}

TEST_CASE("the longest delay is the end of time, and no overflow") {
  Loop loop;
  TimerHandle never = loop.call_later(Duration::max(), [] {});
  CHECK(never.when() == TimePoint::max());
  loop.call_later(1ms, [&] { loop.stop(); });
  loop.run_forever();
  CHECK_FALSE(never.cancelled());
}

TEST_CASE("time is monotonic, and a pass's own time needs no clock") {
  Loop loop;
  const TimePoint a = loop.time();
  CHECK(loop.time() >= a);
  loop.call_soon([&] { CHECK(loop.cached_time() <= loop.time()); });
  run_one_pass(loop);
}

// Other threads

TEST_CASE("call_soon_threadsafe wakes a loop that sleeps, in order") {
  Loop loop;
  std::vector<int> order;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop.call_soon_threadsafe([&order, i] { order.push_back(i); });
    loop.call_soon_threadsafe([&] { loop.stop(); });
  });
  loop.run_forever();
  other.join();
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("call_soon_threadsafe keeps the order of each of several threads") {
  Loop loop;
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<int> next(kThreads, 0);
  int wrong = 0;
  int left = kThreads * kEach;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        loop.call_soon_threadsafe([&, t, i] {
          wrong += next[t]++ != i;
          if (--left == 0) loop.stop();
        });
      }
    });
  }
  loop.run_forever();
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("call_soon_threadsafe on the loop's own thread keeps its place among call_soon") {
  Loop loop;
  std::string trace;
  loop.call_soon([&] {
    loop.call_soon_threadsafe([&] { trace += "a"; });
    loop.call_soon([&] { trace += "b"; });
    loop.call_soon_threadsafe([&] { trace += "c"; });
    loop.call_soon([&] { loop.stop(); });
  });
  loop.run_forever();
  CHECK(trace == "abc");
}

TEST_CASE("the handle of call_soon_threadsafe may be dropped on its own thread") {
  Loop loop;
  bool ran = false;
  std::thread other([&] {
    Handle handle = loop.call_soon_threadsafe([&] { ran = true; });
    loop.call_soon_threadsafe([&] { loop.stop(); });
    Handle copy = handle;
  });
  loop.run_forever();
  other.join();
  CHECK(ran);
}

TEST_CASE("call_soon_threadsafe on a closed loop throws on whichever thread") {
  Loop loop;
  loop.close();
  std::string message;
  std::thread([&] {
    try {
      loop.call_soon_threadsafe([] {});
    } catch (const RuntimeError& e) {
      message = e.what();
    }
  }).join();
  CHECK(message == "Event loop is closed");
}

// One loop, one thread

TEST_CASE("get_running_loop is the loop of this thread, while it runs") {
  Loop loop;
  CHECK_THROWS_WITH_AS(get_running_loop(), "no running event loop", RuntimeError);
  Loop* inside = nullptr;
  bool elsewhere = true;
  loop.call_soon([&] {
    inside = &get_running_loop();
    std::thread([&] { elsewhere = has_running_loop(); }).join();
  });
  run_one_pass(loop);
  CHECK(inside == &loop);
  CHECK_FALSE(elsewhere);
  CHECK_FALSE(has_running_loop());
}

TEST_CASE("a loop that runs can be neither run nor closed, and no other runs on its thread") {
  Loop loop;
  Loop other;
  int checked = 0;
  loop.call_soon([&] {
    CHECK(loop.is_running());
    CHECK_THROWS_WITH_AS(loop.run_forever(), "This event loop is already running", RuntimeError);
    CHECK_THROWS_WITH_AS(loop.close(), "Cannot close a running event loop", RuntimeError);
    CHECK_THROWS_WITH_AS(other.run_forever(),
                         "Cannot run the event loop while another loop is running", RuntimeError);
    ++checked;
  });
  run_one_pass(loop);
  CHECK(checked == 1);
  CHECK_FALSE(loop.is_running());
}

TEST_CASE("two threads run a loop each") {
  std::string names[2];
  std::thread threads[2];
  for (std::size_t i = 0; i < 2; ++i) {
    threads[i] = std::thread([&names, i] {
      names[i] = run([]() -> Task<std::string> {
        co_await sleep(1ms);
        co_return current_task().name();
      }());
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(names[0] == "Task-1");
  CHECK(names[1] == "Task-1");
}

TEST_CASE("in debug mode another thread's call_soon is refused") {
  Loop loop;
  loop.set_debug(true);
  std::string message;
  loop.call_soon([&] {
    std::thread([&] {
      try {
        loop.call_soon([] {});
      } catch (const RuntimeError& e) {
        message = e.what();
      }
    }).join();
  });
  run_one_pass(loop);
  CHECK(message == "Non-thread-safe operation invoked on an event loop other than the current one");
}

// run_until_complete

TEST_CASE("run_until_complete refuses what belongs to another loop") {
  Loop loop;
  Loop other;
  auto task = other.create_task([]() -> Task<int> { co_return 1; }());
  const char* const refusal =
      "The future belongs to a different loop than the one specified as the loop argument";
  CHECK_THROWS_WITH_AS(loop.run_until_complete(task), refusal, std::invalid_argument);
  CHECK_THROWS_WITH_AS(loop.run_until_complete(Future<int>(other)), refusal, std::invalid_argument);
  CHECK(other.run_until_complete(task) == 1);
}

TEST_CASE("run_until_complete gives the value or throws the exception, of tasks and futures") {
  Loop loop;
  CHECK(loop.run_until_complete(value(3, 2)) == 3);
  CHECK_THROWS_WITH_AS(loop.run_until_complete(fail("no")), "no", std::runtime_error);
  Future<int> future = loop.create_future<int>();
  loop.call_soon([&] { future.set_result(4); });
  CHECK(loop.run_until_complete(future) == 4);
  CHECK(loop.run_until_complete(future) == 4);
  TaskHandle<int> task = loop.create_task(value(5));
  CHECK(loop.run_until_complete(task) == 5);
}

TEST_CASE("run_until_complete of what is not done when the loop stops throws") {
  Loop loop;
  Future<int> future = loop.create_future<int>();
  loop.call_soon([&] { loop.stop(); });
  CHECK_THROWS_WITH_AS(loop.run_until_complete(future),
                       "Event loop stopped before Future completed.", RuntimeError);
  future.set_result(3);
  CHECK(loop.run_until_complete(future) == 3);
}

// Closing

TEST_CASE("a closed loop refuses work with asyncio's words") {
  Loop loop;
  loop.close();
  loop.close();
  CHECK(loop.is_closed());
  const char* words = "Event loop is closed";
  CHECK_THROWS_WITH_AS(loop.call_soon([] {}), words, RuntimeError);
  CHECK_THROWS_WITH_AS(loop.call_later(1s, [] {}), words, RuntimeError);
  CHECK_THROWS_WITH_AS(loop.call_at(loop.time(), [] {}), words, RuntimeError);
  CHECK_THROWS_WITH_AS(loop.call_soon_threadsafe([] {}), words, RuntimeError);
  CHECK_THROWS_WITH_AS(loop.add_reader(0, [] {}), words, RuntimeError);
  CHECK_THROWS_WITH_AS(loop.add_signal_handler(10, [] {}), words, RuntimeError);
  CHECK_THROWS_WITH_AS(loop.run_forever(), words, RuntimeError);
  LoggedLines never_awaited;
  CHECK_THROWS_WITH_AS(loop.create_task(value(1)), words, RuntimeError);
  CHECK_THROWS_WITH_AS(loop.run_until_complete(value(1)), words, RuntimeError);
}

TEST_CASE("a closed loop has no readers and no signal handlers to remove") {
  Loop loop;
  loop.close();
  CHECK_FALSE(loop.remove_reader(0));
  CHECK_FALSE(loop.remove_writer(0));
  CHECK_FALSE(loop.remove_signal_handler(10));
}

TEST_CASE("closing a loop drops the callbacks that never ran, captures and all") {
  auto held = std::make_shared<int>(1);
  {
    Loop loop;
    static_cast<void>(loop.call_later(1h, [held] {}));
    static_cast<void>(loop.call_soon([held] {}));
    static_cast<void>(loop.call_soon_threadsafe([held] {}));
    Future<int> done = loop.create_future<int>();
    done.add_done_callback([held](Future<int>&) {});
    done.set_result(1);
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("a callback that is dropped at close may cancel another one") {
  struct CancelsOnDrop {
    std::shared_ptr<Handle> other = std::make_shared<Handle>();
    ~CancelsOnDrop() {
      if (other.use_count() == 1) other->cancel();
    }
  };
  Loop loop;
  CancelsOnDrop first;
  std::shared_ptr<Handle> other = first.other;
  loop.call_soon([first = std::move(first)] {});
  *other = loop.call_soon([] {});
  loop.call_soon([] {});
  loop.close();
  CHECK(other->cancelled());
}

// Debugging

TEST_CASE("in debug mode a callback that takes slow_callback_duration or more is logged") {
  LoggedLines log;
  Loop loop;
  loop.set_debug(true);
  loop.slow_callback_duration = Duration::zero();
  loop.call_soon([] {});
  run_one_pass(loop);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].starts_with("Executing <callback created at loop_test.cpp:"));
  CHECK(log.lines()[0].ends_with(" seconds"));
}

TEST_CASE("a slow step of a task is logged with the task's name") {
  LoggedLines log;
  Loop loop;
  loop.set_debug(true);
  loop.slow_callback_duration = Duration::zero();
  TaskHandle<int> task = loop.create_task(value(1), {.name = "fetch"});
  run_one_pass(loop);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].starts_with("Executing <Task 'fetch'"));
}

TEST_CASE("without debug mode a slow callback is not logged") {
  LoggedLines log;
  Loop loop;
  loop.set_debug(false);
  loop.slow_callback_duration = Duration::zero();
  loop.call_soon([] {});
  run_one_pass(loop);
  CHECK(log.lines().empty());
}

TEST_CASE("the environment switches debug mode on") {
  const char* before = std::getenv("CAPRICORN_DEBUG");
  const std::string kept = before ? before : "";
  ::setenv("CAPRICORN_DEBUG", "1", 1);
  CHECK(Loop().get_debug());
  ::setenv("CAPRICORN_DEBUG", "0", 1);
  CHECK_FALSE(Loop().get_debug());
  if (before)
    ::setenv("CAPRICORN_DEBUG", kept.c_str(), 1);
  else
    ::unsetenv("CAPRICORN_DEBUG");
}
