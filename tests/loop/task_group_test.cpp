// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/task_group.hpp>

#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// What a group throws: its text and those of its exceptions.
Task<std::string> failures(Task<> group) {
  try {
    co_await std::move(group);
  } catch (const ExceptionGroup& e) {
    std::string text = e.what();
    for (const std::exception_ptr& each : e.exceptions()) text += ", " + text_of(each);
    co_return text;
  } catch (const CancelledError& e) {
    co_return "CancelledError(" + e.message + ")";
  }
  co_return "none";
}
const std::string kOne = "unhandled errors in a TaskGroup (1 sub-exception)";
const std::string kTwo = "unhandled errors in a TaskGroup (2 sub-exceptions)";

Task<> sleep_and_trace(std::string& trace, std::string word) {
  try {
    co_await sleep(1h);
  } catch (const CancelledError&) {
    trace += word;
    throw;
  }
}
Task<> fail_when_cancelled(std::string what) {
  try {
    co_await sleep(1h);
  } catch (const CancelledError&) {
    throw std::runtime_error(what);
  }
}

}  // namespace

TEST_CASE("a group waits for all its tasks, and gives the body's value") {
  run([]() -> Task<> {
    std::string trace;
    const int result = co_await TaskGroup::run([&](TaskGroup& group) -> Task<int> {
      group.create_task(append(trace, "c", 3));
      group.create_task(append(trace, "a", 1));
      co_return 7;
    });
    CHECK(trace == "ac");
    CHECK(result == 7);
  }());
}

TEST_CASE("the first failure cancels siblings and body; one ExceptionGroup leaves") {
  run([]() -> Task<> {
    std::string trace;
    const std::string text = co_await failures(TaskGroup::run([&](TaskGroup& group) -> Task<> {
      group.create_task(sleep_and_trace(trace, "sibling "));
      group.create_task(fail("x", 1));
      co_await sleep_and_trace(trace, "body ");
    }));
    CHECK(text == kOne + ", x");
    CHECK(trace == "sibling body ");
    CHECK(current_task().cancelling() == 0);
    co_await sleep(0s);
  }());
}

TEST_CASE("errors raised in the clean-up belong to the group, in order") {
  run([]() -> Task<> {
    CHECK(co_await failures(TaskGroup::run([](TaskGroup& group) -> Task<> {
            group.create_task(fail_when_cancelled("clean-up"));
            group.create_task(fail("x", 1));
            co_return;
          })) == kTwo + ", x, clean-up");
  }());
}

TEST_CASE("the body's error cancels the tasks and is in the group") {
  run([]() -> Task<> {
    std::string trace;
    CHECK(co_await failures(TaskGroup::run([&](TaskGroup& group) -> Task<> {
            group.create_task(sleep_and_trace(trace, "sibling"));
            co_await sleep(0s);
            throw std::runtime_error("body");
          })) == kOne + ", body");
    CHECK(trace == "sibling");
  }());
}

TEST_CASE("the body's error stands behind its tasks'") {
  run([]() -> Task<> {
    CHECK(co_await failures(TaskGroup::run([](TaskGroup& group) -> Task<> {
            group.create_task(fail("child"));
            co_await fail_when_cancelled("body");
          })) == kTwo + ", child, body");
  }());
}

TEST_CASE("the cancellation of a child alone is no error") {
  run([]() -> Task<> {
    TaskHandle<int> cancelled;
    TaskHandle<int> other;
    co_await TaskGroup::run([&](TaskGroup& group) -> Task<> {
      cancelled = group.create_task(forever());
      other = group.create_task(value(3, 4));
      co_await sleep(0s);
      cancelled.cancel();
    });
    CHECK(cancelled.cancelled());
    CHECK(other.result() == 3);
  }());
}

TEST_CASE("a body that throws CancelledError of its own ends the group with it") {
  run([]() -> Task<> {
    std::string trace;
    CHECK(co_await failures(TaskGroup::run([&](TaskGroup& group) -> Task<> {
            group.create_task(sleep_and_trace(trace, "sibling"));
            co_await sleep(0s);
            throw CancelledError("mine");
          })) == "CancelledError(mine)");
    CHECK(trace == "sibling");
  }());
}

// Cancelled from outside

TEST_CASE("cancelled in its body, a group cancels its tasks and throws CancelledError") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task(TaskGroup::run([&](TaskGroup& group) -> Task<> {
      group.create_task(sleep_and_trace(trace, "sibling"));
      co_await sleep(1h);
    }));
    co_await passes(2);
    task.cancel("outside");
    CHECK(co_await outcome(task) == "CancelledError(outside)");
    CHECK(trace == "sibling");
    CHECK(task.cancelling() == 1);
  }());
}

TEST_CASE("cancelled while it waits for its tasks, a group cancels them and waits for their end") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task(TaskGroup::run([&](TaskGroup& group) -> Task<> {
      group.create_task(clean_up_slowly(trace, "slow", 3));
      co_return;
    }));
    co_await passes(3);
    task.cancel("outside");
    CHECK(co_await outcome(task) == "CancelledError(outside)");
    CHECK(trace == "slow");
  }());
}

TEST_CASE("cancelled again while it waits for the clean-up, a group still waits") {
  run([]() -> Task<> {
    std::string trace;
    auto task = create_task(TaskGroup::run([&](TaskGroup& group) -> Task<> {
      group.create_task(clean_up_slowly(trace, "slow", 5));
      co_return;
    }));
    co_await passes(3);
    task.cancel("first");
    co_await passes(2);
    task.cancel("second");
    CHECK(co_await outcome(task) == "CancelledError(first)");
    CHECK(trace == "slow");
    CHECK(task.cancelling() == 2);
  }());
}

TEST_CASE("cancelled from outside, with errors: the group leaves, and the cancellation follows") {
  run([]() -> Task<> {
    auto task = create_task([]() -> Task<std::string> {
      std::string trace = co_await failures(TaskGroup::run([](TaskGroup& group) -> Task<> {
        group.create_task(fail_when_cancelled("s"));
        co_return;
      }));
      trace += " " + std::to_string(current_task().cancelling());
      trace += " " + co_await outcome(sleep(1h));
      co_return trace + " " + std::to_string(current_task().cancelling());
    }());
    co_await passes(3);
    task.cancel("outside");
    CHECK(co_await task == kOne + ", s 1 CancelledError() 1");
  }());
}

TEST_CASE("a failure and a cancellation from outside at once: the group, and the count stays") {
  run([]() -> Task<> {
    auto task = create_task(failures(TaskGroup::run([](TaskGroup& group) -> Task<> {
      group.create_task(fail("f", 1));
      co_await sleep(1h);
    })));
    co_await passes(3);
    task.cancel("outside");
    co_await passes(5);
    CHECK(task.done());
    CHECK(task.cancelling() == 1);
  }());
}

// Creating tasks

TEST_CASE("a group that is finished takes no task, and its coroutine is closed without a word") {
  run([]() -> Task<> {
    LoggedLines log;
    TaskGroup* kept = nullptr;
    std::string late;
    co_await TaskGroup::run([&](TaskGroup& group) -> Task<> {
      kept = &group;
      group.create_task(passes(1)).add_done_callback([&](TaskHandle<>&) {
        try {
          kept->create_task(value(1));
        } catch (const RuntimeError& e) {
          late = e.what();
        }
      });
      co_return;
    });
    CHECK(late == "TaskGroup is finished");
    CHECK(log.lines().empty());
  }());
}

TEST_CASE("a group that is shutting down takes no task") {
  run([]() -> Task<> {
    LoggedLines log;
    std::string late;
    co_await failures(TaskGroup::run([&](TaskGroup& group) -> Task<> {
      group.create_task([](TaskGroup& in, std::string& out) -> Task<> {
        try {
          co_await sleep(1h);
        } catch (const CancelledError&) {
          try {
            in.create_task(value(1));
          } catch (const RuntimeError& e) {
            out = e.what();
          }
          throw;
        }
      }(group, late));
      group.create_task(fail("x"));
      co_return;
    }));
    CHECK(late == "TaskGroup is shutting down");
    CHECK(log.lines().empty());
  }());
}

TEST_CASE("children may add siblings when the body has ended") {
  run([]() -> Task<> {
    struct Chain {
      static Task<> link(TaskGroup& group, std::string& out, int n) {
        co_await sleep(0s);
        out += std::to_string(n);
        if (n > 0) group.create_task(link(group, out, n - 1));
      }
    };
    std::string trace;
    co_await TaskGroup::run([&](TaskGroup& group) -> Task<> {
      group.create_task(Chain::link(group, trace, 3));
      co_return;
    });
    CHECK(trace == "3210");
  }());
}

TEST_CASE("the failure of an eager child that is done at once comes a pass later") {
  run([]() -> Task<> {
    std::string trace;
    CHECK(co_await failures(TaskGroup::run([&](TaskGroup& group) -> Task<> {
            group.create_task(fail("eager"), {.eager_start = true});
            trace += "body ";
            group.create_task(append(trace, "sibling"));
            trace += "goes on ";
            co_await sleep(1h);
          })) == kOne + ", eager");
    CHECK(trace.starts_with("body goes on "));
  }());
}

TEST_CASE("a group inside a group: its error is one of the outer one's") {
  run([]() -> Task<> {
    CHECK(co_await failures(TaskGroup::run([](TaskGroup& outer) -> Task<> {
            outer.create_task(forever());
            co_await TaskGroup::run([](TaskGroup& inner) -> Task<> {
              inner.create_task(fail("in"));
              co_return;
            });
          })) == kOne + ", " + kOne);
    CHECK(current_task().cancelling() == 0);
  }());
}

TEST_CASE("an inner group that is left by its own failure leaves the outer body running") {
  run([]() -> Task<> {
    std::string trace;
    co_await TaskGroup::run([&](TaskGroup& outer) -> Task<> {
      outer.create_task(append(trace, "outer ", 8));
      trace += co_await failures(TaskGroup::run([](TaskGroup& inner) -> Task<> {
                 inner.create_task(fail("in"));
                 co_await sleep(1h);
               })) +
               " ";
      co_await sleep(0s);
      trace += "body ";
    });
    CHECK(trace == kOne + ", in body outer ");
  }());
}

TEST_CASE("a group's failures are never told as ones that nobody asked for") {
  run([]() -> Task<> {
    Reports reports(get_running_loop());
    co_await failures(TaskGroup::run([](TaskGroup& group) -> Task<> {
      group.create_task(fail("a"));
      group.create_task(fail("b"));
      co_return;
    }));
    CHECK(reports.messages.empty());
    get_running_loop().set_exception_handler(nullptr);
  }());
}

TEST_CASE("a KeyboardInterrupt leaves a group as itself") {
  LoggedLines log;
  std::string trace;
  CHECK_THROWS_AS(run([](std::string& out) -> Task<> {
                    try {
                      co_await TaskGroup::run([](TaskGroup& group) -> Task<> {
                        group.create_task([]() -> Task<> {
                          throw KeyboardInterrupt();
                          co_return;
                        }());
                        co_await sleep(1h);
                      });
                    } catch (const KeyboardInterrupt&) {
                      out += "interrupt";
                      throw;
                    }
                  }(trace)),
                  KeyboardInterrupt);
  CHECK(trace == "interrupt");
  CHECK(log.lines().empty());
}
