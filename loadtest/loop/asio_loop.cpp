// SPDX-License-Identifier: MIT
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/channel.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <thread>

#include "bench.hpp"

/// The benchmarks on asio's io_context, with its C++20 coroutines. It has no futures, no locks and
/// no gather: the latter is co_spawn and a counter, as its users write it.
namespace {

using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using asio::steady_timer;
using asio::use_awaitable;
using bench::kBatch;
using bench::kLiveTimers;
using bench::kTimersAPass;
using bench::Measured;
using bench::Stopwatch;

/// Something to poll for: without it asio neither polls nor sleeps in the poll, as a loop that
/// serves somebody does. It also keeps `run` from returning.
class Watching {
 public:
  explicit Watching(asio::io_context& context) : reader_(context, pipe_.read_end()) {
    reader_.async_wait(reader_.wait_read, [](const asio::error_code&) {});
  }
  ~Watching() { reader_.release(); }

 private:
  bench::Pipe pipe_;
  asio::posix::stream_descriptor reader_;
};

// ---------------------------------------------------------------- callbacks

struct Chain {
  void step() {
    if (--left == 0)
      context.stop();
    else
      asio::post(context, [this] { step(); });
  }
  asio::io_context& context;
  long left;
};

double call_soon_chain(asio::io_context& context, long n) {
  Chain chain{context, n};
  const Stopwatch watch;
  asio::post(context, [&chain] { chain.step(); });
  context.run();
  return watch.ns();
}

double polling_iteration(asio::io_context& context, long n) {
  const Watching watching(context);
  return call_soon_chain(context, n);
}

struct Batches {
  void add() {
    for (long i = 0; i < kBatch; ++i) asio::post(context, [this] { step(); });
  }
  void step() {
    --left;
    if (left > 0 && left % kBatch == 0) add();
  }
  asio::io_context& context;
  long left;
};

double call_soon_batch(asio::io_context& context, long n) {
  Batches batches{context, n};
  const Stopwatch watch;
  batches.add();
  context.run();
  return watch.ns();
}

// ---------------------------------------------------------------- coroutines and tasks

[[gnu::noinline]] awaitable<int> child(int value) { co_return value; }

[[gnu::noinline]] awaitable<int> nested(int depth) {
  if (depth == 1) co_return 1;
  co_return 1 + co_await nested(depth - 1);
}

[[gnu::noinline]] awaitable<void> yield_once() {
  co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
}

[[gnu::noinline]] awaitable<void> yield_times(long n) {
  auto executor = co_await asio::this_coro::executor;
  for (long i = 0; i < n; ++i) co_await asio::post(executor, use_awaitable);
}

awaitable<double> await_coro(asio::io_context&, long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) bench::keep(co_await child(1));
  co_return watch.ns();
}

awaitable<double> await_depth8(asio::io_context&, long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; i += 8) bench::keep(co_await nested(8));
  co_return watch.ns();
}

awaitable<double> spawn_await(asio::io_context& context, long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    bench::keep(co_await asio::co_spawn(context, child(1), use_awaitable));
  }
  co_return watch.ns();
}

awaitable<double> sleep0_single(asio::io_context&, long n) {
  const Stopwatch watch;
  co_await yield_times(n);
  co_return watch.ns();
}

double pingpong_sleep0(asio::io_context& context, long n) {
  const Stopwatch watch;
  asio::co_spawn(context, yield_times(n / 2), asio::detached);
  asio::co_spawn(context, yield_times(n / 2), asio::detached);
  context.run();
  return watch.ns();
}

awaitable<double> wait_for_done(asio::io_context& context, long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    steady_timer limit(context, 30s);
    bench::keep((co_await (child(1) || limit.async_wait(use_awaitable))).index());
  }
  co_return watch.ns();
}

awaitable<void> gather(asio::io_context& context, auto make_child) {
  steady_timer all_done(context, steady_timer::time_point::max());
  long left = kBatch;
  for (int c = 0; c < kBatch; ++c) {
    asio::co_spawn(context, make_child(c), [&](const std::exception_ptr&, auto...) {
      if (--left == 0) all_done.cancel();
    });
  }
  asio::error_code ignored;
  co_await all_done.async_wait(asio::redirect_error(use_awaitable, ignored));
}

awaitable<double> gather1000(asio::io_context& context, long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; i += kBatch) {
    co_await gather(context, [](int value) { return child(value); });
  }
  co_return watch.ns();
}

awaitable<double> gather1000_sleep0(asio::io_context& context, long n) {
  const Stopwatch watch;
  for (long i = 0; i < n; i += kBatch) {
    co_await gather(context, [](int) { return yield_once(); });
  }
  co_return watch.ns();
}

[[gnu::noinline]] awaitable<void> sleep_an_hour() {
  steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(use_awaitable);
}

awaitable<double> cancel_throw(asio::io_context& context, long n) {
  long cancelled = 0;
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    asio::cancellation_signal signal;
    asio::post(context, [&] {
      asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
    });
    try {
      co_await asio::co_spawn(context, sleep_an_hour(),
                              asio::bind_cancellation_slot(signal.slot(), use_awaitable));
    } catch (const asio::system_error&) {
      ++cancelled;
    }
  }
  const double ns = watch.ns();
  if (cancelled != n) throw std::runtime_error("a cancelled coroutine did not end with an error");
  co_return ns;
}

using Channel = asio::experimental::channel<void(asio::error_code, int)>;

awaitable<void> echo_items(Channel& requests, Channel& answers, long n) {
  for (long i = 0; i < n; ++i) {
    const int item = co_await requests.async_receive(use_awaitable);
    co_await answers.async_send(asio::error_code(), item, use_awaitable);
  }
}

awaitable<double> queue_pingpong(asio::io_context& context, long n) {
  Channel requests(context, 1);
  Channel answers(context, 1);
  asio::co_spawn(context, echo_items(requests, answers, n), asio::detached);
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    co_await requests.async_send(asio::error_code(), 1, use_awaitable);
    bench::keep(co_await answers.async_receive(use_awaitable));
  }
  const double ns = watch.ns();
  co_await yield_once();
  co_return ns;
}

// ---------------------------------------------------------------- timers

void wait_for(steady_timer& timer) {
  timer.async_wait([](const asio::error_code&) {});
}

std::deque<steady_timer> live_timers(asio::io_context& context, const std::vector<int>& delays) {
  std::deque<steady_timer> timers;
  for (const int delay : delays) {
    wait_for(timers.emplace_back(context, std::chrono::milliseconds(delay)));
  }
  return timers;
}

double add_and_cancel(asio::io_context& context, long n, bool among_live) {
  const std::vector<int> delays = bench::long_delays();
  std::deque<steady_timer> live;
  if (among_live) live = live_timers(context, delays);
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    const auto delay = std::chrono::milliseconds(delays[static_cast<std::size_t>(i % kLiveTimers)]);
    steady_timer timer(context, delay);
    wait_for(timer);
    timer.cancel();
    if (i % kTimersAPass == 0) {
      context.restart();
      context.poll();
    }
  }
  return watch.ns();
}

double timer_add_cancel(asio::io_context& context, long n) {
  return add_and_cancel(context, n, false);
}
double timer_add_cancel_10k(asio::io_context& context, long n) {
  return add_and_cancel(context, n, true);
}

double timer_rearm_10k_live(asio::io_context& context, long n) {
  auto timers = live_timers(context, std::vector<int>(kLiveTimers, 30'000));
  const Stopwatch watch;
  for (long i = 0; i < n; ++i) {
    steady_timer& oldest = timers[static_cast<std::size_t>(i % kLiveTimers)];
    oldest.expires_after(30s);  // cancels
    wait_for(oldest);
    if (i % kTimersAPass == 0) {
      context.restart();
      context.poll();
    }
  }
  return watch.ns();
}

double timer_fire(asio::io_context& context, long n) {
  std::deque<steady_timer> timers;
  for (long t = 0; t < kBatch; ++t) timers.emplace_back(context);
  const Stopwatch watch;
  for (long i = 0; i < n; i += kBatch) {
    for (steady_timer& timer : timers) {
      timer.expires_after(1ms);
      wait_for(timer);
    }
    context.restart();
    context.run();
  }
  return watch.ns();
}

Measured timer_precision(long n) {
  asio::io_context context(1);
  std::vector<double> lateness;
  for (long i = 0; i < n; ++i) {
    const std::chrono::milliseconds delay(i % 10 + 1);
    const double begin = bench::now();
    steady_timer timer(context, delay);
    timer.async_wait([&](const asio::error_code&) {
      lateness.push_back(bench::now() - begin - 1e6 * static_cast<double>(delay.count()));
    });
    context.restart();
    context.run();
  }
  return bench::spread(std::move(lateness));
}

Measured sleep_10k(long n) {
  asio::io_context context(1);
  const double before = bench::resident_bytes();
  for (long i = 0; i < n; ++i) asio::co_spawn(context, sleep_an_hour(), asio::detached);
  context.poll();
  return {(bench::resident_bytes() - before) / static_cast<double>(n)};
}

// ---------------------------------------------------------------- threads

struct RoundTrips {
  void submit() {
    asio::post(pool, [this] {
      asio::post(context, [this] {
        if (--left > 0)
          submit();
        else
          context.stop();
      });
    });
  }
  asio::io_context& context;
  asio::thread_pool& pool;
  long left;
};

double to_thread_rt(asio::io_context& context, long n) {
  const Watching watching(context);
  asio::thread_pool pool(4);
  RoundTrips trips{context, pool, n};
  const Stopwatch watch(bench::Clock::kWall);
  trips.submit();
  context.run();
  return watch.ns();
}

Measured threadsafe_wake(long n) {
  asio::io_context context(1);
  const Watching watching(context);
  std::vector<double> waits;
  std::atomic<bool> answered = false;
  std::jthread sender([&, n] {
    for (long i = 0; i < n; ++i) {
      answered = false;
      std::this_thread::sleep_for(100us);  // the loop is asleep by then
      asio::post(context, [&, n, sent = bench::now()] {
        waits.push_back(bench::now() - sent);
        if (std::ssize(waits) == n) context.stop();
        answered = true;
      });
      while (!answered) std::this_thread::sleep_for(100us);
    }
  });
  context.run();
  sender.join();
  return bench::spread(std::move(waits));
}

double threadsafe_throughput(asio::io_context& context, long n) {
  const Watching watching(context);
  long left = n;
  double begin = 0;
  std::jthread sender([&, n] {
    begin = bench::now();
    for (long i = 0; i < n; ++i) {
      asio::post(context, [&] {
        if (--left == 0) context.stop();
      });
    }
  });
  context.run();
  return bench::now() - begin;
}

// ---------------------------------------------------------------- main

template <auto F>
Measured timed(long n) {
  asio::io_context context(1);
  if constexpr (std::is_same_v<decltype(F(context, n)), double>) {
    return {F(context, n) / static_cast<double>(n)};
  } else {
    double ns = 0;
    asio::co_spawn(context, F(context, n), [&ns](const std::exception_ptr& failure, double taken) {
      if (failure) std::rethrow_exception(failure);
      ns = taken;
    });
    context.run();
    return {ns / static_cast<double>(n)};
  }
}
/// In whole batches.
template <auto F>
Measured batched(long n) {
  return timed<F>((n + kBatch - 1) / kBatch * kBatch);
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
    {"wait_for_done", timed<wait_for_done>},
    {"gather1000", batched<gather1000>},
    {"gather1000_sleep0", batched<gather1000_sleep0>},
    {"cancel_throw", timed<cancel_throw>},
    {"timer_add_cancel", timed<timer_add_cancel>},
    {"timer_add_cancel_10k", timed<timer_add_cancel_10k>},
    {"timer_rearm_10k_live", timed<timer_rearm_10k_live>},
    {"timer_fire", batched<timer_fire>},
    {"timer_precision", timer_precision},
    {"sleep_10k", sleep_10k, false},
    {"queue_pingpong", timed<queue_pingpong>},
    {"to_thread_rt", timed<to_thread_rt>},
    {"threadsafe_wake", threadsafe_wake},
    {"threadsafe_throughput", timed<threadsafe_throughput>},
};

}  // namespace

int main(int argc, char** argv) { return bench::main(kBenchmarks, argc, argv); }
