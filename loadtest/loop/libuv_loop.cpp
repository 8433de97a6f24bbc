// SPDX-License-Identifier: MIT
#include <uv.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "bench.hpp"

/// The benchmarks on libuv, as far as it has such things: it knows neither coroutines nor a queue
/// of callbacks. Its timers count in milliseconds, and their handles lie in the caller's memory.
namespace {

using namespace std::chrono_literals;
using bench::kBatch;
using bench::kLiveTimers;
using bench::kTimersAPass;
using bench::Measured;
using bench::Stopwatch;

/// A loop that is closed with all handles on it; they are declared before it, to outlive it.
class UvLoop {
 public:
  UvLoop() { check(uv_loop_init(&loop_)); }
  UvLoop(const UvLoop&) = delete;
  UvLoop& operator=(const UvLoop&) = delete;
  ~UvLoop() {
    uv_walk(
        &loop_,
        [](uv_handle_t* handle, void*) {
          if (!uv_is_closing(handle)) uv_close(handle, nullptr);
        },
        nullptr);
    run();
    check(uv_loop_close(&loop_));
  }

  uv_loop_t* get() noexcept { return &loop_; }
  void run(uv_run_mode mode = UV_RUN_DEFAULT) { uv_run(&loop_, mode); }
  static void check(int result) {
    if (result == 0) return;
    std::fprintf(stderr, "libuv: %s\n", uv_strerror(result));
    std::exit(1);
  }

 private:
  uv_loop_t loop_;
};

template <class T>
T& data_of(auto* handle) {
  return *static_cast<T*>(handle->data);
}

void nothing(uv_timer_t*) {}

void init(UvLoop& loop, std::vector<uv_timer_t>& timers) {
  for (uv_timer_t& timer : timers) uv_timer_init(loop.get(), &timer);
}

/// The handle outlives the loop.
double idle_iterations(UvLoop& loop, uv_idle_t& idle, long n) {
  uv_idle_init(loop.get(), &idle);
  long left = n;
  idle.data = &left;
  uv_idle_start(&idle, [](uv_idle_t* self) {
    if (--data_of<long>(self) == 0) uv_stop(self->loop);
  });
  const Stopwatch watch;
  loop.run();
  return watch.ns() / static_cast<double>(n);
}

Measured idle_iteration(long n) {
  uv_idle_t idle;
  UvLoop loop;
  return {idle_iterations(loop, idle, n)};
}

Measured polling_iteration(long n) {
  const bench::Pipe pipe;
  uv_poll_t reader;
  uv_idle_t idle;
  UvLoop loop;
  uv_poll_init(loop.get(), &reader, pipe.read_end());
  uv_poll_start(&reader, UV_READABLE, [](uv_poll_t*, int, int) {});
  return {idle_iterations(loop, idle, n)};
}

// ---------------------------------------------------------------- timers

Measured add_and_cancel(long n, bool among_live) {
  std::vector<uv_timer_t> timers(kLiveTimers + 1);
  UvLoop loop;
  init(loop, timers);
  const std::vector<int> delays = bench::long_delays();
  if (among_live) {
    for (std::size_t i = 0; i < delays.size(); ++i) {
      uv_timer_start(&timers[i], nothing, static_cast<std::uint64_t>(delays[i]), 0);
    }
  }
  uv_timer_t& timer = timers.back();
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    const int delay = delays[static_cast<std::size_t>(i % kLiveTimers)];
    uv_timer_start(&timer, nothing, static_cast<std::uint64_t>(delay), 0);
    uv_timer_stop(&timer);
    if (i % kTimersAPass == 0) loop.run(UV_RUN_NOWAIT);
  }
  return {watch.ns() / static_cast<double>(n)};
}

Measured timer_add_cancel(long n) { return add_and_cancel(n, false); }
Measured timer_add_cancel_10k(long n) { return add_and_cancel(n, true); }

Measured timer_rearm_10k_live(long n) {
  std::vector<uv_timer_t> timers(kLiveTimers);
  UvLoop loop;
  init(loop, timers);
  for (uv_timer_t& timer : timers) uv_timer_start(&timer, nothing, 30'000, 0);
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    uv_timer_t& oldest = timers[static_cast<std::size_t>(i % kLiveTimers)];
    uv_timer_stop(&oldest);
    uv_timer_start(&oldest, nothing, 30'000, 0);
    if (i % kTimersAPass == 0) loop.run(UV_RUN_NOWAIT);
  }
  return {watch.ns() / static_cast<double>(n)};
}

Measured timer_fire(long n) {
  std::vector<uv_timer_t> timers(kBatch);
  UvLoop loop;
  init(loop, timers);
  const long rounds = (n + kBatch - 1) / kBatch;
  const Stopwatch watch;
  for (long i = 0; i < rounds; ++i) {
    for (uv_timer_t& timer : timers) uv_timer_start(&timer, nothing, 1, 0);
    loop.run();
  }
  return {watch.ns() / static_cast<double>(rounds * kBatch)};
}

Measured timer_precision(long n) {
  std::vector<double> lateness;
  uv_timer_t timer;
  UvLoop loop;
  uv_timer_init(loop.get(), &timer);
  double due = 0;
  timer.data = &due;
  for (long i = 0; i < n; ++i) {
    const auto delay = static_cast<std::uint64_t>(i % 10 + 1);
    const double begin = bench::now();
    uv_timer_start(
        &timer, [](uv_timer_t* self) { data_of<double>(self) = bench::now(); }, delay, 0);
    loop.run();
    lateness.push_back(due - begin - 1e6 * static_cast<double>(delay));
  }
  return bench::spread(std::move(lateness));
}

Measured sleep_10k(long n) {
  UvLoop loop;
  std::vector<uv_timer_t*> timers(static_cast<std::size_t>(n));
  const double before = bench::resident_bytes();
  for (uv_timer_t*& timer : timers) {
    timer = static_cast<uv_timer_t*>(std::malloc(sizeof *timer));
    if (!timer) std::abort();
    uv_timer_init(loop.get(), timer);
    uv_timer_start(timer, nothing, 3'600'000, 0);
  }
  const Measured measured{(bench::resident_bytes() - before) / static_cast<double>(n)};
  for (uv_timer_t* timer : timers) {
    uv_close(reinterpret_cast<uv_handle_t*>(timer),
             [](uv_handle_t* handle) { std::free(reinterpret_cast<uv_timer_t*>(handle)); });
  }
  return measured;
}

// ---------------------------------------------------------------- threads

struct RoundTrips {
  void submit() {
    uv_queue_work(
        loop, &work, [](uv_work_t*) {},
        [](uv_work_t* self, int) {
          auto& trips = data_of<RoundTrips>(self);
          if (--trips.left > 0) trips.submit();
        });
  }
  uv_loop_t* loop;
  long left;
  uv_work_t work = {};
};

Measured to_thread_rt(long n) {
  UvLoop loop;
  RoundTrips trips{loop.get(), n};
  trips.work.data = &trips;
  const Stopwatch watch(bench::Clock::kWall);
  trips.submit();
  loop.run();
  return {watch.ns() / static_cast<double>(n)};
}

struct Wake {
  long left;
  double sent = 0;
  std::vector<double> waits = {};
  std::atomic<bool> answered = false;
};

Measured threadsafe_wake(long n) {
  Wake wake{n};
  uv_async_t async;
  UvLoop loop;
  uv_async_init(loop.get(), &async, [](uv_async_t* self) {
    auto& wake = data_of<Wake>(self);
    wake.waits.push_back(bench::now() - wake.sent);
    if (--wake.left == 0) uv_stop(self->loop);
    wake.answered = true;
  });
  async.data = &wake;
  std::jthread sender([&, n] {
    for (long i = 0; i < n; ++i) {
      wake.answered = false;
      std::this_thread::sleep_for(100us);  // the loop is asleep by then
      wake.sent = bench::now();
      uv_async_send(&async);
      while (!wake.answered) std::this_thread::sleep_for(100us);
    }
  });
  loop.run();
  sender.join();
  return bench::spread(std::move(wake.waits));
}

// ---------------------------------------------------------------- main

constexpr bench::Benchmark kBenchmarks[] = {
    {"idle_iteration", idle_iteration},
    {"polling_iteration", polling_iteration},
    {"timer_add_cancel", timer_add_cancel},
    {"timer_add_cancel_10k", timer_add_cancel_10k},
    {"timer_rearm_10k_live", timer_rearm_10k_live},
    {"timer_fire", timer_fire},
    {"timer_precision", timer_precision},
    {"sleep_10k", sleep_10k, false},
    {"to_thread_rt", to_thread_rt},
    {"threadsafe_wake", threadsafe_wake},
};

}  // namespace

int main(int argc, char** argv) { return bench::main(kBenchmarks, argc, argv); }
