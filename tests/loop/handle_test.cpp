// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/handle.hpp>

#include <memory>
#include <scenario.hpp>
#include <stdexcept>
#include <string>

using namespace capricorn;
using namespace capricorn::test;

namespace {

void run_for(Loop& loop, Duration time) {
  loop.call_later(time, [&] { loop.stop(); });
  loop.run_forever();
}

/// Too large to lie in a callback, and cannot be copied.
struct Stubborn {
  Stubborn() = default;
  Stubborn(const Stubborn&) { throw std::runtime_error("no copy"); }
  void operator()() const {}
  char bytes[100] = {};
};

}  // namespace

// A sanitizer, under which nothing is pooled, sees the leak itself.
TEST_CASE("a callback that cannot be made gives its memory back") {
  TestLoop loop;
  const Stubborn function;
  loop.call_soon([&] {
    void* const free = FramePool::allocate(sizeof function);
    FramePool::deallocate(free);
    CHECK_THROWS_AS(Callback{function}, std::runtime_error);
    void* const next = FramePool::allocate(sizeof function);
    if (FramePool::current()) CHECK(next == free);
    FramePool::deallocate(next);
  });
  run_for(loop, 1s);
}

TEST_CASE("a cancelled callback never runs and drops its captures at once") {
  TestLoop loop;
  auto held = std::make_shared<int>(1);
  bool ran = false;
  Handle soon = loop.call_soon([&ran, held] { ran = true; });
  TimerHandle later = loop.call_later(1s, [&ran, held] { ran = true; });
  soon.cancel();
  later.cancel();
  CHECK(soon.cancelled());
  CHECK(later.cancelled());
  CHECK(held.use_count() == 1);
  run_for(loop, 3s);
  CHECK_FALSE(ran);
}

TEST_CASE("cancel is idempotent, and means nothing to a callback that has run") {
  TestLoop loop;
  int ran = 0;
  Handle handle = loop.call_soon([&] { ++ran; });
  run_for(loop, 1s);
  CHECK_FALSE(handle.cancelled());
  handle.cancel();
  handle.cancel();
  CHECK(handle.cancelled());
  CHECK(ran == 1);
}

TEST_CASE("a callback cancels another one of the same pass") {
  TestLoop loop;
  std::string trace;
  Handle second;
  loop.call_soon([&] {
    trace += "a";
    second.cancel();
  });
  second = loop.call_soon([&] { trace += "b"; });
  run_for(loop, 1s);
  CHECK(trace == "a");
}

TEST_CASE("a timer cancels another one that is due in the same pass") {
  TestLoop loop;
  std::string trace;
  const TimePoint when = loop.time() + 1s;
  TimerHandle second;
  loop.call_at(when, [&] {
    trace += "a";
    second.cancel();
  });
  second = loop.call_at(when, [&] { trace += "b"; });
  run_for(loop, 3s);
  CHECK(trace == "a");
}

TEST_CASE("a callback that cancels itself keeps its captures to its end") {
  TestLoop loop;
  std::string trace;
  auto handle = std::make_shared<Handle>();
  *handle = loop.call_soon([&trace, handle, word = std::string("a word that lies on the heap")] {
    handle->cancel();
    trace += word;
  });
  CHECK_FALSE(handle->cancelled());
  run_for(loop, 1s);
  CHECK(trace == "a word that lies on the heap");
  CHECK(handle->cancelled());
  CHECK(handle.use_count() == 1);
}

TEST_CASE("one that another thread's call scheduled can be cancelled before the loop takes it") {
  TestLoop loop;
  bool ran = false;
  auto held = std::make_shared<int>(1);
  Handle handle = loop.call_soon_threadsafe([&ran, held] { ran = true; });
  handle.cancel();
  run_for(loop, 1s);
  CHECK_FALSE(ran);
  CHECK(held.use_count() == 1);
}

TEST_CASE("a timer says when") {
  TestLoop loop;
  const TimePoint when = loop.time() + 5s;
  CHECK(loop.call_at(when, [] {}).when() == when);
  CHECK(loop.call_later(5s, [] {}).when() == when);
}

TEST_CASE("dropping a handle changes nothing") {
  TestLoop loop;
  bool ran = false;
  {
    Handle handle = loop.call_soon([&] { ran = true; });
  }
  run_for(loop, 1s);
  CHECK(ran);
}

TEST_CASE("many cancelled timers cost their loop nothing: it holds none of them") {
  TestLoop loop;
  auto held = std::make_shared<int>(1);
  for (int i = 0; i < 10000; ++i) loop.call_later(1h, [held] {}).cancel();
  CHECK(held.use_count() == 1);
  const TimePoint start = loop.time();
  run_for(loop, 1s);
  CHECK(loop.time() - start == 1s);
}

TEST_CASE("a handle may outlive its loop") {
  Handle soon;
  TimerHandle later;
  {
    Loop loop;
    soon = loop.call_soon([] {});
    later = loop.call_later(1h, [] {});
  }
  CHECK(soon.cancelled());
  later.cancel();
  CHECK(later.cancelled());
}
