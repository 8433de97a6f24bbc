// SPDX-License-Identifier: MIT
#include "forced_end.hpp"

#include <unistd.h>

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
}

void ForcedEnd::server_begins(std::function<void()> stop) {
  const std::lock_guard lock(mutex_);
  stop_ = std::move(stop);
}

void ForcedEnd::begin() {
  if (thread_.joinable()) return;
  hold_stop_signals();
  const SignalBlock none;
  try {
    thread_ = std::thread([this] {
      name_this_thread("capricorn:stop");
      watch();
    });
  } catch (const std::system_error&) {  // without one a second signal has its usual effect
    release_signals();
  }
}

void ForcedEnd::force() {
  {
    const std::lock_guard lock(mutex_);
    forced_ = true;
  }
  if (thread_.joinable()) ::pthread_kill(thread_.native_handle(), SIGTERM);
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
  return over_ || forced_ || parent_.second_stop_counts();
}

void ForcedEnd::watch() {
  const sigset_t signals = stop_signals();
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0 || !is_meant()) continue;
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
