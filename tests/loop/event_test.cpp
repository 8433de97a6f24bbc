// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/event.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <memory>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
Task<> wait(Event& event, std::string& trace, char name) {
  co_await event.wait();
  trace += name;
}

}  // namespace

TEST_CASE("an event begins unset, and set and clear can be repeated") {
  Event event;
  CHECK_FALSE(event.is_set());
  event.set();
  event.set();
  CHECK(event.is_set());
  event.clear();
  event.clear();
  CHECK_FALSE(event.is_set());
}

TEST_CASE("waiting for an event that is set does not suspend") {
  run([]() -> Task<> {
    Event event;
    event.set();
    auto other = create_task(passes(0));
    for (int i = 0; i < 100; ++i) co_await event.wait();
    CHECK_FALSE(other.done());
  }());
}

TEST_CASE("set wakes all who wait, in order, a pass later") {
  run([]() -> Task<> {
    Event event;
    std::string trace;
    auto a = create_task(wait(event, trace, 'a'));
    auto b = create_task(wait(event, trace, 'b'));
    auto c = create_task(wait(event, trace, 'c'));
    co_await passes(2);
    CHECK(trace.empty());
    event.set();
    CHECK(trace.empty());
    co_await passes(1);
    CHECK(trace == "abc");
  }());
}

TEST_CASE("an event cleared at once has still woken those who waited, and only them") {
  run([]() -> Task<> {
    Event event;
    std::string trace;
    auto a = create_task(wait(event, trace, 'a'));
    auto b = create_task(wait(event, trace, 'b'));
    co_await passes(1);
    event.set();
    event.clear();
    auto late = create_task(wait(event, trace, 'l'), {.eager_start = true});
    co_await passes(1);
    CHECK(trace == "ab");
    CHECK_FALSE(late.done());
    event.set();
    co_await late;
  }());
}

TEST_CASE("a cancelled wait for an event ends with the message; the others wait on") {
  run([]() -> Task<> {
    Event event;
    std::string trace;
    auto a = create_task([](Event& e) -> Task<std::string> {
      try {
        co_await e.wait();
      } catch (const CancelledError& error) {
        co_return error.message;
      }
      co_return "";
    }(event));
    auto b = create_task(wait(event, trace, 'b'));
    co_await passes(1);
    a.cancel("enough");
    event.set();
    co_await passes(1);
    CHECK(a.result() == "enough");
    CHECK(trace == "b");
  }());
}

TEST_CASE("a wait cancelled after the event was set in the same pass is cancelled") {
  run([]() -> Task<> {
    Event event;
    std::string trace;
    auto a = create_task(wait(event, trace, 'a'));
    auto b = create_task(wait(event, trace, 'b'));
    co_await passes(1);
    event.set();
    CHECK(a.cancel());
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(trace == "b");
  }());
}

TEST_CASE("a frame that waits for an event can be dropped, before it is set or after") {
  run([]() -> Task<> {
    Event event;
    std::string trace;
    auto a = create_task(wait(event, trace, 'a'));
    auto b = create_task(wait(event, trace, 'b'));
    auto c = create_task(wait(event, trace, 'c'));
    co_await passes(1);
    a.core().abandon();
    event.set();
    b.core().abandon();
    co_await c;
    CHECK(trace == "c");
  }());
}

TEST_CASE("an event may go once it was set, and tasks that still wait can be cancelled") {
  run([]() -> Task<> {
    std::string trace;
    auto event = std::make_unique<Event>();
    auto a = create_task(wait(*event, trace, 'a'));
    co_await passes(1);
    event->set();
    event.reset();
    co_await a;
    CHECK(trace == "a");

    event = std::make_unique<Event>();
    auto b = create_task(wait(*event, trace, 'b'));
    co_await passes(1);
    event.reset();
    b.cancel();
    co_await passes(1);
    CHECK(b.cancelled());
  }());
}

TEST_CASE("a wait for an event can be handed to gather and wait_for") {
  run([]() -> Task<> {
    Event event;
    bool timed_out = false;
    try {
      co_await wait_for(event.wait(), 1ms);
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    CHECK(timed_out);
    get_running_loop().call_soon([&event] { event.set(); });
    co_await gather(event.wait(), event.wait());
    CHECK(event.is_set());
  }());
}
