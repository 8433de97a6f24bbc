// SPDX-License-Identifier: MIT
#include "forced_end.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

#include "../loop/platform.hpp"
#include "../loop/signal_block.hpp"
#include "logging.hpp"
#include "server_parent.hpp"
#include "stop_signals.hpp"

namespace capricorn {
namespace {

// Less than a supervisor waits for its workers.
constexpr std::chrono::milliseconds kForcedTime{300};

// What a signal handler needs. That of the loop is one for all signals.
using Handler = void (*)(int);
constinit std::atomic<Handler> loops_handler{nullptr};
constinit std::atomic<unsigned> signals_seen{0};
constinit std::atomic<unsigned> events{0};  // what the thread waits for: it looks when this changes
static_assert(std::atomic<Handler>::is_always_lock_free &&
              std::atomic<unsigned>::is_always_lock_free);

void on_stop_signal(int signal) {
  const int saved = errno;
  if (const Handler handler = loops_handler.load()) handler(signal);
  signals_seen.fetch_add(1);
  events.fetch_add(1);
  events.notify_all();
  errno = saved;
}

/// Puts us before the loop's handler; whoever sets another one has that one alone.
bool count(int signal) noexcept {
  struct sigaction found{};
  if (::sigaction(signal, nullptr, &found) != 0 || (found.sa_flags & SA_SIGINFO) != 0) return false;
  if (found.sa_handler == SIG_DFL || found.sa_handler == SIG_IGN) return false;
  Handler none = nullptr;
  if (!loops_handler.compare_exchange_strong(none, found.sa_handler) && none != found.sa_handler) {
    return false;
  }
  found.sa_handler = on_stop_signal;
  return ::sigaction(signal, &found, nullptr) == 0;
}

}  // namespace

ForcedEnd::~ForcedEnd() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  over_changed_.notify_one();
  force();
  thread_.join();
  loops_handler.store(nullptr);
}

void ForcedEnd::server_begins(std::function<void()> stop, int descriptor) {
  const std::lock_guard lock(mutex_);
  stop_ = std::move(stop);
  descriptor_ = descriptor;
}

void ForcedEnd::count_signals() {
  signals_seen.store(0);
  loops_handler.store(nullptr);
  if (!count(SIGTERM)) return;
  if (parent_.leaves_interrupt()) count(SIGINT);
  told_ = 0;
  start_thread();
}

void ForcedEnd::begin() {
  hold_stop_signals();
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
  }
  if (!thread_.joinable()) return start_thread();
  tell_thread();
}

void ForcedEnd::start_thread() {
  const SignalBlock none;
  try {
    thread_ = std::thread([this] {
      name_this_thread("capricorn:stop");
      watch();
    });
  } catch (const std::system_error&) {  // without one a second signal has its usual effect
    if (begun_) release_signals();
  }
}

void ForcedEnd::tell_thread() noexcept {
  events.fetch_add(1);
  events.notify_all();
}

void ForcedEnd::force() {
  {
    const std::lock_guard lock(mutex_);
    forced_ = true;
  }
  if (!thread_.joinable()) return;
  tell_thread();
  ::pthread_kill(thread_.native_handle(), SIGTERM);
}

void ForcedEnd::server_ended(int exit_code) {
  {
    const std::lock_guard lock(mutex_);
    stop_ = nullptr;
    exit_code_ = exit_code;
  }
  begin();
}

bool ForcedEnd::is_meant() {
  const std::lock_guard lock(mutex_);
  return over_ || forced_ || (told_ > 1 && parent_.second_stop_counts());
}

/// Until the loop has taken the first signal, or somebody means that it is to end without that.
void ForcedEnd::wait_for_begin() {
  for (;;) {
    const unsigned seen = events.load();
    {
      const std::lock_guard lock(mutex_);
      told_ = std::max(told_, signals_seen.load());
      if (begun_) return;
    }
    if (is_meant()) return;
    events.wait(seen);
  }
}

void ForcedEnd::watch() {
  own_descriptors(descriptor_);  // the loop's stay the loop's
  wait_for_begin();
  const sigset_t signals = stop_signals();
  while (!is_meant()) {
    int signal = 0;
    if (::sigwait(&signals, &signal) != 0) continue;
    const std::lock_guard lock(mutex_);
    // "CTRL+C to force quit", whatever has begun the stop.
    told_ = signal == SIGINT ? std::max(2u, told_ + 1) : told_ + 1;
  }
  std::unique_lock lock(mutex_);
  if (!over_ && stop_) stop_();
  if (over_changed_.wait_for(lock, kForcedTime, [this] { return over_; })) return;
  // No application's sink: what that needs may be what hangs.
  log_message(LogLevel::kWarning, "Not everything has ended: the process ends without it.");
  parent_.cut_off();
  flush_logs();
  ::_exit(exit_code_);  // destructors would wait for the others
}

}  // namespace capricorn
