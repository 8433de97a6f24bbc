// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/to_thread.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <scenario.hpp>
#include <string>
#include <thread>

using namespace capricorn;
using namespace capricorn::test;

namespace {

ContextVar<int>& variable() {
  static ContextVar<int> number("number", 0);
  return number;
}
Task<int> count() {
  variable().set(variable().get() + 1);
  co_return variable().get();
}
/// SIGINT as a program finds it; doctest has a handler of its own.
class DefaultInterrupt {
 public:
  DefaultInterrupt() {
    struct sigaction fresh = {};
    fresh.sa_handler = SIG_DFL;
    ::sigaction(SIGINT, &fresh, &before_);
  }
  DefaultInterrupt(const DefaultInterrupt&) = delete;
  ~DefaultInterrupt() { ::sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

Task<> interrupt() {
  throw KeyboardInterrupt();
  co_return;
}
/// Ctrl+C in the middle of a run.
Task<> interrupted(std::string& trace) {
  std::raise(SIGINT);
  try {
    co_await sleep(1h);
  } catch (const CancelledError&) {
    trace += "cleaned up";
    throw;
  }
}

}  // namespace

// run

TEST_CASE("run gives the value or throws the exception of its coroutine") {
  CHECK(run(value(3, 2)) == 3);
  CHECK_THROWS_WITH_AS(run(fail("no", 2)), "no", std::runtime_error);
  CHECK_THROWS_AS(run([]() -> Task<> {
                    current_task().cancel();
                    co_await sleep(0s);
                  }()),
                  CancelledError);
}

TEST_CASE("run inside of a running loop is refused") {
  LoggedLines never_awaited;
  run([]() -> Task<> {
    CHECK_THROWS_WITH_AS(run(value(1)), "asyncio.run() cannot be called from a running event loop",
                         RuntimeError);
    Runner runner;
    CHECK_THROWS_WITH_AS(runner.run(value(1)),
                         "Runner.run() cannot be called from a running event loop", RuntimeError);
    CHECK_THROWS_WITH_AS(get_running_loop().run_until_complete(value(1)),
                         "This event loop is already running", RuntimeError);
    co_return;
  }());
}

TEST_CASE("run cancels what is left over and waits for its clean-up") {
  std::string trace;
  CHECK_THROWS_WITH_AS(run([](std::string& out) -> Task<> {
                         static_cast<void>(create_task(clean_up_slowly(out, "a ", 3)));
                         static_cast<void>(create_task(clean_up_slowly(out, "b ", 1)));
                         co_await sleep(0s);
                         throw std::runtime_error("main");
                       }(trace)),
                       "main", std::runtime_error);
  CHECK(trace == "b a ");
}

TEST_CASE("a task of main's last step still has its first one, and no more") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    static_cast<void>(create_task([](std::string& o) -> Task<> {
      o += "begun ";
      co_await sleep(0s);
      o += "ended";
    }(out)));
    co_return;
  }(trace));
  CHECK(trace == "begun ");
}

TEST_CASE("what a left-over task throws goes to the exception handler, once") {
  std::vector<std::string> told;
  run([](std::vector<std::string>& out) -> Task<> {
    get_running_loop().set_exception_handler([&out](Loop&, const ExceptionContext& context) {
      out.push_back(context.message + ": " + text_of(context.exception));
    });
    static_cast<void>(create_task([]() -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        throw std::runtime_error("left");
      }
    }()));
    co_await sleep(0s);
  }(told));
  CHECK(told ==
        std::vector<std::string>{"unhandled exception during asyncio.run() shutdown: left"});
}

TEST_CASE("run joins the default executor after the tasks have ended") {
  std::atomic<bool> begun{false}, cancelled{false}, finished{false};
  run([](std::atomic<bool>& in, std::atomic<bool>& end, std::atomic<bool>& out) -> Task<> {
    static_cast<void>(
        create_task([](std::atomic<bool>& i, std::atomic<bool>& e, std::atomic<bool>& o) -> Task<> {
          try {
            co_await to_thread([&i, &e, &o] {
              i = true;
              while (!e.load()) std::this_thread::yield();
              o = true;
            });
          } catch (const CancelledError&) {
            e = true;  // the job ends only now that its task does
            throw;
          }
        }(in, end, out)));
    while (!in.load()) co_await sleep(0s);
  }(begun, cancelled, finished));
  CHECK(finished.load());
}

TEST_CASE("run takes a loop from its factory, and the debug mode") {
  bool virtual_clock = false;
  run(
      [](bool& out) -> Task<> {
        CHECK(get_running_loop().get_debug());
        out = dynamic_cast<TestLoop*>(&get_running_loop()) != nullptr;
        co_return;
      }(virtual_clock),
      {.debug = true, .loop_factory = [] { return std::make_unique<TestLoop>(); }});
  CHECK(virtual_clock);
}

// Runner

TEST_CASE("a runner runs often on one loop, and tasks live from run to run") {
  Runner runner;
  Loop* first = &runner.get_loop();
  std::string trace;
  runner.run([](std::string& out) -> Task<> {
    static_cast<void>(create_task(append(out, "background", 2)));
    co_return;
  }(trace));
  CHECK(trace.empty());
  runner.run(passes(3));
  CHECK(trace == "background");
  CHECK(&runner.get_loop() == first);
}

TEST_CASE("the runs of a runner share its context variables, and keep them from others") {
  Runner runner;
  CHECK(runner.run(count()) == 1);
  CHECK(runner.run(count()) == 2);
  CHECK(variable().get() == 0);
}

TEST_CASE("a runner that is closed runs nothing; closing twice is once") {
  LoggedLines never_awaited;
  Runner runner;
  runner.run(value(1));
  runner.close();
  runner.close();
  CHECK_THROWS_WITH_AS(runner.run(value(1)), "Runner is closed", RuntimeError);
  CHECK_THROWS_WITH_AS(runner.get_loop(), "Runner is closed", RuntimeError);
}

TEST_CASE("a runner whose shutting down fails has closed its loop nevertheless") {
  Runner runner;
  runner.run([]() -> Task<> {
    static_cast<void>(create_task([]() -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        get_running_loop().stop();
      }
      co_await passes(5);
    }()));
    co_await sleep(0s);
  }());
  LoggedLines pending;
  CHECK_THROWS_WITH_AS(runner.close(), "Event loop stopped before Future completed.", RuntimeError);
  CHECK_THROWS_WITH_AS(runner.get_loop(), "Runner is closed", RuntimeError);
}

// Ctrl+C

TEST_CASE("Ctrl+C cancels the main task, and run throws KeyboardInterrupt when it has cleaned up") {
  DefaultInterrupt untouched;
  std::string trace;
  CHECK_THROWS_AS(run(interrupted(trace)), KeyboardInterrupt);
  CHECK(trace == "cleaned up");
  struct sigaction now = {};
  ::sigaction(SIGINT, nullptr, &now);
  CHECK((now.sa_handler == SIG_DFL));
}

TEST_CASE("a main task that swallows Ctrl+C gives its value") {
  DefaultInterrupt untouched;
  CHECK(run([]() -> Task<int> {
          std::raise(SIGINT);
          co_return co_await swallow(5);
        }()) == 5);
}

TEST_CASE("a cancellation besides Ctrl+C stays a CancelledError") {
  DefaultInterrupt untouched;
  CHECK_THROWS_AS(run([]() -> Task<> {
                    AnyTask self = current_task();
                    self.cancel();
                    std::raise(SIGINT);
                    co_await outcome(sleep(0s));
                    co_await sleep(1h);
                  }()),
                  CancelledError);
}

TEST_CASE("a runner that is idle does not keep another from its Ctrl+C") {
  DefaultInterrupt untouched;
  Runner idle;
  idle.run(value(1));
  std::string trace;
  CHECK_THROWS_AS(run(interrupted(trace)), KeyboardInterrupt);
}

TEST_CASE("where another loop has the signals, run does without Ctrl+C") {
  DefaultInterrupt untouched;
  Loop other;
  other.add_signal_handler(SIGUSR1, [] {});
  CHECK(run(value(2, 1)) == 2);
}

TEST_CASE("a second Ctrl+C ends the process at once") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGINT, SIG_DFL);
    try {
      run([]() -> Task<> {
        std::raise(SIGINT);
        try {
          co_await sleep(1h);
        } catch (const CancelledError&) {
          std::raise(SIGINT);
        }
      }());
    } catch (const KeyboardInterrupt&) {
    }
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}

TEST_CASE("a program that has its own SIGINT handler keeps it") {
  static int seen = 0;
  struct sigaction mine = {};
  mine.sa_handler = [](int) { ++seen; };
  struct sigaction before = {};
  REQUIRE(::sigaction(SIGINT, &mine, &before) == 0);
  run([]() -> Task<> {
    std::raise(SIGINT);
    co_await sleep(0s);
  }());
  CHECK(seen == 1);
  ::sigaction(SIGINT, &before, nullptr);
}

TEST_CASE("a runner that is dropped tells what its shutting down threw") {
  LoggedLines log;
  std::vector<std::string> told;
  {
    Runner runner;
    runner.get_loop().set_exception_handler([&told](Loop&, const ExceptionContext& context) {
      told.push_back(context.message + ": " + text_of(context.exception));
    });
    runner.run([]() -> Task<> {
      static_cast<void>(create_task([]() -> Task<> {
        try {
          co_await sleep(1h);
        } catch (const CancelledError&) {
          get_running_loop().stop();
        }
        co_await passes(5);
      }()));
      co_await sleep(0s);
    }());
  }
  REQUIRE_FALSE(told.empty());
  CHECK(told[0] ==
        "Runner could not shut down its loop: Event loop stopped before Future completed.");
}

TEST_CASE("run throws what its shutting down throws, where main did not") {
  LoggedLines pending;
  CHECK_THROWS_WITH_AS(run([]() -> Task<int> {
                         static_cast<void>(create_task([]() -> Task<> {
                           try {
                             co_await sleep(1h);
                           } catch (const CancelledError&) {
                             get_running_loop().stop();
                           }
                           co_await passes(5);
                         }()));
                         co_await sleep(0s);
                         co_return 1;
                       }()),
                       "Event loop stopped before Future completed.", RuntimeError);
}

// KeyboardInterrupt, thrown by hand

TEST_CASE("a callback's KeyboardInterrupt ends run; main is cancelled, what waits runs first") {
  LoggedLines log;
  std::string trace;
  CHECK_THROWS_AS(run([](std::string& out) -> Task<> {
                    get_running_loop().call_soon([] { throw KeyboardInterrupt(); });
                    get_running_loop().call_soon([&out] { out += "rest "; });
                    try {
                      co_await sleep(1h);
                    } catch (const CancelledError&) {
                      out += "main";
                      throw;
                    }
                  }(trace)),
                  KeyboardInterrupt);
  CHECK(trace == "rest main");
  CHECK(log.lines().empty());
}

TEST_CASE("a KeyboardInterrupt at the end of a pass leaves the others there for the next one") {
  struct Late final : Runnable {
    Late(std::string& out, char letter) : trace(out), name(letter) {}
    void run() override {
      trace += name;
      if (name == 'a') throw KeyboardInterrupt();
    }
    std::string& trace;
    char name;
  };
  std::string trace;
  Loop loop;
  Late a(trace, 'a'), b(trace, 'b');
  loop.at_end_of_pass(a);
  loop.at_end_of_pass(b);
  loop.stop();
  CHECK_THROWS_AS(loop.run_forever(), KeyboardInterrupt);
  loop.stop();
  loop.run_forever();
  CHECK(trace == "ab");
}

TEST_CASE("a task's KeyboardInterrupt ends run, and who awaits it is cancelled") {
  LoggedLines log;
  std::string trace;
  CHECK_THROWS_AS(run([](std::string& out) -> Task<> {
                    auto task = create_task([]() -> Task<> {
                      co_await sleep(0s);
                      throw KeyboardInterrupt();
                    }());
                    try {
                      co_await task;
                    } catch (const CancelledError&) {
                      out += "cancelled";
                      throw;
                    }
                  }(trace)),
                  KeyboardInterrupt);
  CHECK(trace == "cancelled");
  CHECK(log.lines().empty());
}

TEST_CASE("an exception handler's KeyboardInterrupt leaves run_forever behind its pass") {
  LoggedLines log;
  Loop loop;
  loop.set_exception_handler([](Loop&, const ExceptionContext&) { throw KeyboardInterrupt(); });
  std::string trace;
  loop.call_soon([&] {
    trace += "a";
    throw std::runtime_error("a");
  });
  loop.call_soon([&] { trace += "b"; });
  loop.call_later(0s, [&] { trace += "c"; });
  CHECK_THROWS_AS(loop.run_forever(), KeyboardInterrupt);
  CHECK(trace.starts_with("ab"));
  loop.call_later(1ms, [&] { loop.stop(); });
  loop.run_forever();
  CHECK(trace == "abc");
  CHECK(log.lines().empty());
}

TEST_CASE("an exception handler that a destructor calls may throw KeyboardInterrupt") {
  Loop loop;
  loop.set_exception_handler([](Loop&, const ExceptionContext&) { throw KeyboardInterrupt(); });
  const auto drop_a_failure = [&loop] {
    Future<int>(loop).set_exception(std::make_exception_ptr(std::runtime_error("unasked")));
  };
  CHECK_THROWS_AS(loop.run_until_complete([](auto drop) -> Task<> {
    drop();
    co_await sleep(1h);
  }(drop_a_failure)),
                  KeyboardInterrupt);
  drop_a_failure();
  CHECK_THROWS_AS(loop.run_forever(), KeyboardInterrupt);
}

TEST_CASE("main's own KeyboardInterrupt leaves run") {
  LoggedLines log;
  CHECK_THROWS_AS(run([]() -> Task<> {
                    co_await sleep(0s);
                    throw KeyboardInterrupt();
                  }()),
                  KeyboardInterrupt);
  CHECK_THROWS_AS(run(interrupt()), KeyboardInterrupt);
  CHECK(log.lines().empty());
}

TEST_CASE("an eager task's KeyboardInterrupt leaves create_task") {
  LoggedLines log;
  std::string trace;
  CHECK_THROWS_AS(run([](std::string& out) -> Task<> {
                    try {
                      static_cast<void>(create_task(interrupt(), {.eager_start = true}));
                    } catch (const KeyboardInterrupt&) {
                      out += "here";
                      throw;
                    }
                    co_await sleep(1h);
                  }(trace)),
                  KeyboardInterrupt);
  CHECK(trace == "here");
}

TEST_CASE("a done-callback's, a reader's and a signal's KeyboardInterrupt leave run, too") {
  LoggedLines log;
  CHECK_THROWS_AS(run([]() -> Task<> {
                    auto task = create_task(value(1));
                    task.add_done_callback([](TaskHandle<int>&) { throw KeyboardInterrupt(); });
                    co_await sleep(1h);
                  }()),
                  KeyboardInterrupt);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK_THROWS_AS(run([](int* fds) -> Task<> {
                    get_running_loop().add_writer(fds[1], [] { throw KeyboardInterrupt(); });
                    co_await outcome(sleep(1h));
                    get_running_loop().remove_writer(fds[1]);
                  }(ends)),
                  KeyboardInterrupt);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK_THROWS_AS(run([]() -> Task<> {
                    get_running_loop().add_signal_handler(SIGUSR1,
                                                          [] { throw KeyboardInterrupt(); });
                    std::raise(SIGUSR1);
                    co_await sleep(1h);
                  }()),
                  KeyboardInterrupt);
  CHECK(log.lines().empty());
}

TEST_CASE("a loop that KeyboardInterrupt ended runs again, with what was left of the pass first") {
  Loop loop;
  std::string trace;
  loop.call_soon([&] { loop.call_soon([&] { trace += "c"; }); });
  loop.call_soon([] { throw KeyboardInterrupt(); });
  loop.call_soon([&] { trace += "b"; });
  CHECK_THROWS_AS(loop.run_forever(), KeyboardInterrupt);
  CHECK_FALSE(loop.is_running());
  CHECK(trace.empty());
  loop.call_soon([&] { loop.stop(); });
  loop.run_forever();
  CHECK(trace == "bc");
}
