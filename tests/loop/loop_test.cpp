// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/loop.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

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

TEST_CASE("a cancelled callback never runs and drops its captures at once") {
  Loop loop;
  auto held = std::make_shared<int>(1);
  bool ran = false;
  Handle soon = loop.call_soon([&ran, held] { ran = true; });
  TimerHandle later = loop.call_later(1ms, [&ran, held] { ran = true; });
  soon.cancel();
  later.cancel();
  later.cancel();
  CHECK(soon.cancelled());
  CHECK(held.use_count() == 1);
  loop.call_later(3ms, [&] { loop.stop(); });
  loop.run_forever();
  CHECK_FALSE(ran);
}

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

TEST_CASE("an exception in a callback goes to the exception handler and the loop goes on") {
  Loop loop;
  static std::string message;
  loop.set_exception_handler([](Loop&, const ExceptionContext& c) { message = c.message; });
  loop.call_soon([] { throw std::runtime_error("no"); });
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(message.starts_with("Exception in callback <callback created at loop_test.cpp:"));
}

TEST_CASE("a closed loop refuses work with asyncio's words") {
  Loop loop;
  loop.close();
  CHECK_THROWS_WITH_AS(loop.call_soon([] {}), "Event loop is closed", RuntimeError);
  CHECK_THROWS_WITH_AS(get_running_loop(), "no running event loop", RuntimeError);
}

TEST_CASE("a signal is a callback of the loop") {
  Loop loop;
  int seen = 0;
  loop.add_signal_handler(SIGUSR1, [&] {
    ++seen;
    loop.stop();
  });
  loop.call_soon([] { std::raise(SIGUSR1); });
  loop.run_forever();
  CHECK(seen == 1);
  CHECK(loop.remove_signal_handler(SIGUSR1));
  CHECK_FALSE(loop.remove_signal_handler(SIGUSR1));
}

TEST_CASE("closing a loop drops the callbacks that never ran, captures and all") {
  auto held = std::make_shared<int>(1);
  {
    Loop loop;
    static_cast<void>(loop.call_later(1h, [held] {}));
    static_cast<void>(loop.call_soon([held] {}));
  }
  CHECK(held.use_count() == 1);
}
