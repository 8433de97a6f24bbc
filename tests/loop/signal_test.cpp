// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/loop.hpp>

#include <atomic>
#include <csignal>
#include <memory>
#include <scenario.hpp>
#include <string>
#include <thread>

using namespace capricorn;
using namespace capricorn::test;

namespace {

void run_passes(Loop& loop, int n) {
  for (int i = 0; i < n; ++i) {
    loop.stop();
    loop.run_forever();
  }
}

}  // namespace

TEST_CASE("a signal is a callback of the loop") {
  Loop loop;
  std::string trace;
  loop.add_signal_handler(SIGUSR1, [&] {
    trace += get_running_loop().is_running() ? "signal " : "";
    loop.stop();
  });
  loop.call_soon([&] {
    std::raise(SIGUSR1);
    trace += "raised ";
  });
  loop.run_forever();
  CHECK(trace == "raised signal ");
  CHECK(loop.remove_signal_handler(SIGUSR1));
  CHECK_FALSE(loop.remove_signal_handler(SIGUSR1));
}

TEST_CASE("a signal wakes a loop that sleeps") {
  Loop loop;
  bool came = false;
  loop.add_signal_handler(SIGUSR1, [&] {
    came = true;
    loop.stop();
  });
  const TimerHandle too_late = loop.call_later(30s, [&] { loop.stop(); });
  const pthread_t here = ::pthread_self();
  std::thread other([&] {
    while (!loop.is_asleep()) std::this_thread::yield();
    ::pthread_kill(here, SIGUSR1);
  });
  loop.run_forever();
  other.join();
  CHECK(came);
}

TEST_CASE("a signal that came while the loop did not run is delivered in its first pass") {
  Loop loop;
  int seen = 0;
  loop.add_signal_handler(SIGUSR1, [&] { ++seen; });
  std::raise(SIGUSR1);
  CHECK(seen == 0);
  run_passes(loop, 2);
  CHECK(seen == 1);
}

TEST_CASE("several signals of one number before a pass are one") {
  Loop loop;
  int seen = 0;
  loop.add_signal_handler(SIGUSR1, [&] { ++seen; });
  std::raise(SIGUSR1);
  std::raise(SIGUSR1);
  run_passes(loop, 3);
  CHECK(seen == 1);
}

TEST_CASE("adding a handler again replaces the one before") {
  Loop loop;
  std::string trace;
  loop.add_signal_handler(SIGUSR1, [&] { trace += "old"; });
  loop.add_signal_handler(SIGUSR1, [&] { trace += "new"; });
  std::raise(SIGUSR1);
  run_passes(loop, 2);
  CHECK(trace == "new");
}

TEST_CASE("removing a handler gives the signal back what it had before") {
  struct sigaction mine = {};
  mine.sa_handler = SIG_IGN;
  struct sigaction before = {};
  REQUIRE(::sigaction(SIGUSR2, &mine, &before) == 0);
  {
    Loop loop;
    loop.add_signal_handler(SIGUSR2, [] {});
    loop.add_signal_handler(SIGUSR2, [] {});
    loop.remove_signal_handler(SIGUSR2);
    struct sigaction now = {};
    ::sigaction(SIGUSR2, nullptr, &now);
    CHECK((now.sa_handler == SIG_IGN));
  }
  ::sigaction(SIGUSR2, &before, nullptr);
}

TEST_CASE("closing a loop gives its signals back") {
  struct sigaction before = {};
  ::sigaction(SIGUSR1, nullptr, &before);
  {
    Loop loop;
    loop.add_signal_handler(SIGUSR1, [] {});
  }
  struct sigaction now = {};
  ::sigaction(SIGUSR1, nullptr, &now);
  CHECK((now.sa_handler == before.sa_handler));
}

TEST_CASE("a loop closes although a signal came that nobody has looked at") {
  Loop loop;
  bool seen = false;
  loop.add_signal_handler(SIGUSR1, [&] { seen = true; });
  std::raise(SIGUSR1);
  loop.close();
  CHECK_FALSE(seen);
  Loop other;  // has the signals now
  other.add_signal_handler(SIGUSR1, [&] { seen = true; });
  run_passes(other, 2);
  CHECK_FALSE(seen);
}

TEST_CASE("a signal whose handler was removed before its pass is forgotten") {
  Loop loop;
  std::string trace;
  loop.add_signal_handler(SIGUSR1, [&] { trace += "old"; });
  std::raise(SIGUSR1);
  loop.remove_signal_handler(SIGUSR1);
  loop.add_signal_handler(SIGUSR1, [&] { trace += "new"; });
  run_passes(loop, 2);
  CHECK(trace.empty());
}

// 1. Two signals come at once.
// 2. The first one's handler sets another one for the second.
// 3. The second signal reached neither of its handlers.
TEST_CASE("a signal that came before its handler was replaced reaches the former one") {
  Loop loop;
  std::string trace;
  loop.add_signal_handler(SIGUSR1, [&] {
    loop.add_signal_handler(SIGUSR2, [&] { trace += "new"; });
    trace += "first ";
  });
  loop.add_signal_handler(SIGUSR2, [&] { trace += "old "; });
  std::raise(SIGUSR1);
  std::raise(SIGUSR2);
  run_passes(loop, 2);
  CHECK(trace == "first old ");
  std::raise(SIGUSR2);
  run_passes(loop, 2);
  CHECK(trace == "first old new");
}

TEST_CASE("a loop may go while its signals come to other threads") {
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  struct sigaction before = {};
  REQUIRE(::sigaction(SIGUSR1, &ignored, &before) == 0);
  std::atomic<bool> over = false;
  std::thread raising([&over] {
    while (!over) ::pthread_kill(::pthread_self(), SIGUSR1);
  });
  for (int i = 0; i < 300; ++i) {
    Loop loop;
    loop.add_signal_handler(SIGUSR1, [] {});
    run_passes(loop, 1);
  }
  over = true;
  raising.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("a handler may remove itself, captures and all") {
  Loop loop;
  std::string trace;
  loop.add_signal_handler(SIGUSR1, [&loop, &trace, word = std::string(100, 's')] {
    CHECK(loop.remove_signal_handler(SIGUSR1));
    trace += word;
  });
  std::raise(SIGUSR1);
  run_passes(loop, 2);
  CHECK(trace == std::string(100, 's'));
}

TEST_CASE("signals belong to one loop at a time, until it has removed its last handler") {
  Loop one;
  Loop other;
  one.add_signal_handler(SIGUSR1, [] {});
  CHECK_THROWS_WITH_AS(other.add_signal_handler(SIGUSR2, [] {}),
                       "signal handlers belong to one loop of a process, and another has them",
                       RuntimeError);
  one.remove_signal_handler(SIGUSR1);
  other.add_signal_handler(SIGUSR2, [] {});
  CHECK(other.remove_signal_handler(SIGUSR2));
}

TEST_CASE("what cannot be caught is refused") {
  Loop loop;
  CHECK_THROWS_AS(loop.add_signal_handler(SIGKILL, [] {}), std::system_error);
  CHECK_THROWS_AS(loop.add_signal_handler(0, [] {}), std::system_error);
  CHECK_THROWS_AS(loop.add_signal_handler(65, [] {}), std::system_error);
  CHECK_FALSE(loop.remove_signal_handler(SIGKILL));
  Loop other;  // is not told that the first one has them
  other.add_signal_handler(SIGUSR1, [] {});
  CHECK(other.remove_signal_handler(SIGUSR1));
}

TEST_CASE("what a handler throws goes to the exception handler") {
  Loop loop;
  Reports reports(loop);
  loop.add_signal_handler(SIGUSR1, [] { throw std::runtime_error("no"); });
  std::raise(SIGUSR1);
  run_passes(loop, 2);
  CHECK(reports.exceptions == std::vector<std::string>{"no"});
}

TEST_CASE("the handler runs in the context of whoever added it") {
  static ContextVar<int> variable("variable", 0);
  Loop loop;
  int seen = 0;
  Context().run([&] {
    variable.set(5);
    loop.add_signal_handler(SIGUSR1, [&] { seen = variable.get(); });
  });
  std::raise(SIGUSR1);
  run_passes(loop, 2);
  CHECK(seen == 5);
}
