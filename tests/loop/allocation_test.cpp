// SPDX-License-Identifier: MIT
// What the loop's own operations ask of malloc once its pool is warm: nothing. This is a program of
// its own, because it replaces malloc.
#include <doctest/doctest.h>
#include <capricorn/asyncio.hpp>
#include <malloc_counter.hpp>

#include <atomic>
#include <memory>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

constexpr int kTimes = 1000;

/// How many mallocs `operation(kTimes)` calls, once it has been done before.
template <class F>
std::uint64_t mallocs_of(F operation) {
  std::uint64_t mallocs = 0;
  auto measure = [&]() -> Task<> {
    co_await operation(kTimes);
    const std::uint64_t before = test::malloc_calls();
    co_await operation(kTimes);
    mallocs = test::malloc_calls() - before;
  };
  capricorn::run(measure());
  return mallocs;
}

template <class F>
void check_no_malloc(F operation) {
  if (!test::counts_mallocs()) {
    MESSAGE("skipped: under a sanitizer nothing is pooled, and malloc is the sanitizer's");
    return;
  }
  CHECK(mallocs_of(operation) == 0);
}

Task<int> child(int value) { co_return value; }

Task<> yield_times(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}

}  // namespace

TEST_CASE("call_soon calls no malloc") {
  check_no_malloc([](int n) -> Task<> {
    int left = n;
    for (int i = 0; i < n; ++i) get_running_loop().call_soon([&left] { --left; });
    co_await sleep(0s);
    CHECK(left == 0);
  });
}

TEST_CASE("awaiting a child calls no malloc") {
  check_no_malloc([](int n) -> Task<> {
    for (int i = 0; i < n; ++i) CHECK(co_await child(i) == i);
  });
}

TEST_CASE("creating a task and awaiting it calls no malloc") {
  check_no_malloc([](int n) -> Task<> {
    for (int i = 0; i < n; ++i) co_await create_task(child(i));
  });
}

TEST_CASE("a switch between tasks calls no malloc") {
  check_no_malloc([](int n) -> Task<> {
    auto first = create_task(yield_times(n));
    auto second = create_task(yield_times(n));
    co_await first;
    co_await second;
  });
}

TEST_CASE("a future that wakes a task calls no malloc") {
  check_no_malloc([](int n) -> Task<> {
    for (int i = 0; i < n; ++i) {
      Future<> future = get_running_loop().create_future<void>();
      get_running_loop().call_soon([future]() mutable { future.set_result(); });
      co_await future;
    }
  });
}

TEST_CASE("timers, added, cancelled and run, call no malloc") {
  check_no_malloc([](int n) -> Task<> {
    Loop& loop = get_running_loop();
    for (int i = 0; i < n; ++i) loop.call_later(1h, [] {}).cancel();
    for (int i = 0; i < n; ++i) loop.call_later(1us, [] {});
    co_await sleep(2ms);
  });
}

TEST_CASE("a lock and a queue between tasks call no malloc") {
  Lock lock;
  Queue<int> items(1);
  check_no_malloc([&](int n) -> Task<> {
    auto consumer = create_task([](Queue<int>& from, int times) -> Task<> {
      for (int i = 0; i < times; ++i) CHECK(co_await from.get() == i);
    }(items, n));
    for (int i = 0; i < n; ++i) {
      co_await lock.acquire();
      lock.release();
      co_await items.put(i);
    }
    co_await consumer;
  });
}

TEST_CASE("a function in the thread pool calls no malloc") {
  // One thread: where the first is slow to come back, a pool of several starts another one.
  const auto pool = std::make_shared<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1});
  check_no_malloc([&pool](int n) -> Task<> {
    get_running_loop().set_default_executor(pool);
    for (int i = 0; i < n; ++i) CHECK(co_await to_thread([i] { return i; }) == i);
  });
}

TEST_CASE("a wake from another thread calls no malloc") {
  std::atomic<int> wanted = 0;
  std::atomic<int> sent = 0;
  std::atomic<Loop*> loop = nullptr;
  std::jthread sender([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      if (sent == wanted) {
        std::this_thread::yield();
        continue;
      }
      std::atomic<bool> done = false;
      loop.load()->call_soon_threadsafe([&done] { done = true; });
      while (!done) std::this_thread::yield();
      ++sent;
    }
  });
  check_no_malloc([&](int n) -> Task<> {
    loop = &get_running_loop();
    wanted += n;
    while (sent < wanted) co_await sleep(100us);
  });
}
