// SPDX-License-Identifier: MIT
#include <atomic>
#include <capricorn/loop/future.hpp>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/lock.hpp>
#include <capricorn/loop/queue.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/timeout.hpp>
#include <capricorn/loop/to_thread.hpp>
#include <thread>

#include "bench.hpp"

/// The benchmarks on capricorn's loop. Each is a coroutine that gives the nanoseconds it took.
namespace {

using namespace capricorn;  // NOLINT: what the user of asyncio's names would write
using namespace std::chrono_literals;
using bench::kBatch;
using bench::kLiveTimers;
using bench::kTimersAPass;
using bench::Measured;
using bench::Stopwatch;

// ---------------------------------------------------------------- callbacks

struct Chain {
  void step() {
    if (--left == 0)
      done.set_result();
    else
      loop.call_soon([this] { step(); });
  }
  Loop& loop;
  Future<> done;
  long left;
};

Task<double> call_soon_chain(long n) {
  Loop& loop = get_running_loop();
  Chain chain{loop, loop.create_future<void>(), n};
  const Stopwatch watch;
  loop.call_soon([&chain] { chain.step(); });
  co_await chain.done;
  co_return watch.ns();
}

Task<double> polling_iteration(long n) {
  const bench::Pipe pipe;
  get_running_loop().add_reader(pipe.read_end(), [] {});
  const double ns = co_await call_soon_chain(n);
  get_running_loop().remove_reader(pipe.read_end());
  co_return ns;
}

struct Batches {
  void add() {
    for (long i = 0; i < kBatch; ++i) loop.call_soon([this] { step(); });
  }
  void step() {
    if (--left == 0)
      done.set_result();
    else if (left % kBatch == 0)
      add();
  }
  Loop& loop;
  Future<> done;
  long left;
};

Task<double> call_soon_batch(long n) {
  Loop& loop = get_running_loop();
  Batches batches{loop, loop.create_future<void>(), n};
  const Stopwatch watch;
  batches.add();
  co_await batches.done;
  co_return watch.ns();
}

// ---------------------------------------------------------------- coroutines and tasks

[[gnu::noinline]] Task<int> child(int value) { co_return value; }

[[gnu::noinline]] Task<int> nested(int depth) {
  if (depth == 1) co_return 1;
  co_return 1 + co_await nested(depth - 1);
}

[[gnu::noinline]] Task<> yield_times(long n) {
  for (long i = 0; i < n; ++i) co_await sleep(0s);
}

Task<double> await_coro(long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) bench::keep(co_await child(1));
  co_return watch.ns();
}

Task<double> await_depth8(long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; i += 8) bench::keep(co_await nested(8));
  co_return watch.ns();
}

Task<double> spawn_await(long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) bench::keep(co_await create_task(child(1)));
  co_return watch.ns();
}

Task<double> sleep0_single(long n) {
  const Stopwatch watch;
  co_await yield_times(n);
  co_return watch.ns();
}

Task<double> pingpong_sleep0(long n) {
  const Stopwatch watch;
  auto first = create_task(yield_times(n / 2));
  auto second = create_task(yield_times(n / 2));
  co_await first;
  co_await second;
  co_return watch.ns();
}

Task<double> future_wake(long n) {
  Loop& loop = get_running_loop();
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    Future<> future = loop.create_future<void>();
    loop.call_soon([future]() mutable { future.set_result(); });
    co_await future;
  }
  co_return watch.ns();
}

Task<> play(std::vector<Future<>>& slots, std::size_t me, long turns) {
  for (long i = 0; i < turns; ++i) {
    co_await slots[me];
    slots[me] = get_running_loop().create_future<void>();
    slots[1 - me].set_result();
  }
}

Task<double> future_switch(long n) {
  Loop& loop = get_running_loop();
  std::vector<Future<>> slots{loop.create_future<void>(), loop.create_future<void>()};
  const Stopwatch watch;
  auto first = create_task(play(slots, 0, n / 2));
  auto second = create_task(play(slots, 1, n / 2));
  slots[0].set_result();
  co_await first;
  co_await second;
  co_return watch.ns();
}

Task<double> wait_for_done(long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) bench::keep(co_await timeout(30s, child(1)));
  co_return watch.ns();
}

Task<double> gather1000(long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; i += kBatch) {
    std::vector<Task<int>> children;
    children.reserve(kBatch);
    for (int c = 0; c < kBatch; ++c) children.push_back(child(c));
    bench::keep((co_await gather(std::move(children))).size());
  }
  co_return watch.ns();
}

Task<double> gather1000_sleep0(long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; i += kBatch) {
    std::vector<Task<>> children;
    children.reserve(kBatch);
    for (int c = 0; c < kBatch; ++c) children.push_back(yield_times(1));
    co_await gather(std::move(children));
  }
  co_return watch.ns();
}

[[gnu::noinline]] Task<> sleep_an_hour() { co_await sleep(1h); }

Task<double> cancel_throw(long n) {
  long cancelled = 0;
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    auto task = create_task(sleep_an_hour());
    co_await sleep(0s);
    task.cancel();
    try {
      co_await task;
    } catch (const CancelledError&) {
      ++cancelled;
    }
  }
  const double ns = watch.ns();
  if (cancelled != n) throw RuntimeError("a cancelled task did not end with CancelledError");
  co_return ns;
}

// ---------------------------------------------------------------- timers

std::vector<TimerHandle> live_timers(const std::vector<int>& delays) {
  std::vector<TimerHandle> timers;
  timers.reserve(delays.size());
  for (const int delay : delays) {
    timers.push_back(get_running_loop().call_later(std::chrono::milliseconds(delay), [] {}));
  }
  return timers;
}

void cancel_all(std::vector<TimerHandle>& timers) {
  for (TimerHandle& timer : timers) timer.cancel();
}

template <bool kAmongLive>
Task<double> add_and_cancel(long n) {
  Loop& loop = get_running_loop();
  const std::vector<int> delays = bench::long_delays();
  std::vector<TimerHandle> live;
  if (kAmongLive) live = live_timers(delays);
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    const auto delay = std::chrono::milliseconds(delays[static_cast<std::size_t>(i % kLiveTimers)]);
    loop.call_later(delay, [] {}).cancel();
    if (i % kTimersAPass == 0) co_await sleep(0s);
  }
  const double ns = watch.ns();
  cancel_all(live);
  co_return ns;
}

Task<double> timer_rearm_10k_live(long n) {
  Loop& loop = get_running_loop();
  std::vector<TimerHandle> timers = live_timers(std::vector<int>(kLiveTimers, 30'000));
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    TimerHandle& oldest = timers[static_cast<std::size_t>(i % kLiveTimers)];
    oldest.cancel();
    oldest = loop.call_later(30s, [] {});
    if (i % kTimersAPass == 0) co_await sleep(0s);
  }
  const double ns = watch.ns();
  cancel_all(timers);
  co_return ns;
}

Task<double> timer_fire(long n) {
  Loop& loop = get_running_loop();
  const Stopwatch watch;
  for (long i = 0; i < n; i += kBatch) {
    Future<> fired = loop.create_future<void>();
    long left = kBatch;
    for (long t = 0; t < kBatch; ++t) {
      loop.call_later(1ms, [&fired, &left] {
        if (--left == 0) fired.set_result();
      });
    }
    co_await fired;
  }
  co_return watch.ns();
}

Task<Measured> timer_precision(long n) {
  Loop& loop = get_running_loop();
  std::vector<double> lateness;
  for (long i = 0; i < n; ++i) {
    const std::chrono::milliseconds delay(i % 10 + 1);
    Future<> fired = loop.create_future<void>();
    const double begin = bench::now();
    loop.call_later(delay, [&, begin] {
      lateness.push_back(bench::now() - begin - 1e6 * static_cast<double>(delay.count()));
      fired.set_result();
    });
    co_await fired;
  }
  co_return bench::spread(std::move(lateness));
}

Task<Measured> sleep_10k(long n) {
  const double before = bench::resident_bytes();
  for (long i = 0; i < n; ++i) create_task(sleep_an_hour());
  co_await sleep(0s);
  co_return Measured{(bench::resident_bytes() - before) / static_cast<double>(n)};
}

// ---------------------------------------------------------------- primitives

Task<> echo_items(Queue<int>& requests, Queue<int>& answers, long n) {
  for (long i = 0; i < n; ++i) co_await answers.put(co_await requests.get());
}

Task<double> queue_pingpong(long n) {
  Queue<int> requests;
  Queue<int> answers;
  const Stopwatch watch;
  auto echo = create_task(echo_items(requests, answers, n));
  for (long i = 0; i < n; ++i) {
    co_await requests.put(1);
    bench::keep(co_await answers.get());
  }
  co_await echo;
  co_return watch.ns();
}

Task<double> lock_uncontended(long n) {
  Lock lock;
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    co_await lock.acquire();
    lock.release();
  }
  co_return watch.ns();
}

// ---------------------------------------------------------------- threads

Task<double> to_thread_rt(long n) {
  const Stopwatch watch(bench::Clock::kWall);
  for (long i = 0; i < n; ++i) bench::keep(co_await to_thread([] { return 1; }));
  co_return watch.ns();
}

Task<Measured> threadsafe_wake(long n) {
  Loop& loop = get_running_loop();
  Future<> done = loop.create_future<void>();
  std::vector<double> waits;
  std::atomic<bool> answered = false;
  std::jthread sender([&, n] {
    for (long i = 0; i < n; ++i) {
      answered = false;
      std::this_thread::sleep_for(100us);  // the loop is asleep by then
      loop.call_soon_threadsafe([&, n, sent = bench::now()] {
        waits.push_back(bench::now() - sent);
        if (std::ssize(waits) == n) done.set_result();
        answered = true;
      });
      while (!answered) std::this_thread::sleep_for(100us);
    }
  });
  co_await done;
  co_return bench::spread(std::move(waits));
}

Task<double> threadsafe_throughput(long n) {
  Loop& loop = get_running_loop();
  Future<> done = loop.create_future<void>();
  long left = n;
  double begin = 0;
  std::jthread sender([&, n] {
    begin = bench::now();
    for (long i = 0; i < n; ++i) {
      loop.call_soon_threadsafe([&] {
        if (--left == 0) done.set_result();
      });
    }
  });
  co_await done;
  co_return bench::now() - begin;
}

// ---------------------------------------------------------------- main

template <auto F>
Measured timed(long n) {
  return {capricorn::run(F(n)) / static_cast<double>(n)};
}
/// In whole batches.
template <auto F>
Measured batched(long n) {
  return timed<F>((n + kBatch - 1) / kBatch * kBatch);
}
template <auto F>
Measured measured(long n) {
  return capricorn::run(F(n));
}

constexpr bench::Benchmark kBenchmarks[] = {
    {"call_soon_chain", timed<call_soon_chain>},
    {"call_soon_batch", batched<call_soon_batch>},
    {"idle_iteration", timed<call_soon_chain>},
    {"polling_iteration", timed<polling_iteration>},
    {"await_coro", timed<await_coro>},
    {"await_depth8", batched<await_depth8>},
    {"spawn_await", timed<spawn_await>},
    {"sleep0_single", timed<sleep0_single>},
    {"pingpong_sleep0", batched<pingpong_sleep0>},
    {"future_wake", timed<future_wake>},
    {"future_switch", batched<future_switch>},
    {"wait_for_done", timed<wait_for_done>},
    {"gather1000", batched<gather1000>},
    {"gather1000_sleep0", batched<gather1000_sleep0>},
    {"cancel_throw", timed<cancel_throw>},
    {"timer_add_cancel", timed<add_and_cancel<false>>},
    {"timer_add_cancel_10k", timed<add_and_cancel<true>>},
    {"timer_rearm_10k_live", timed<timer_rearm_10k_live>},
    {"timer_fire", batched<timer_fire>},
    {"timer_precision", measured<timer_precision>},
    {"sleep_10k", measured<sleep_10k>, false},
    {"queue_pingpong", timed<queue_pingpong>},
    {"lock_uncontended", timed<lock_uncontended>},
    {"to_thread_rt", timed<to_thread_rt>},
    {"threadsafe_wake", measured<threadsafe_wake>},
    {"threadsafe_throughput", timed<threadsafe_throughput>},
};

}  // namespace

int main(int argc, char** argv) { return bench::main(kBenchmarks, argc, argv); }
