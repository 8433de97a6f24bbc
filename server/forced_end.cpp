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

void ForcedEnd::force() noexcept {
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

void ForcedEnd::watch() {
  const sigset_t signals = stop_signals();
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) continue;
  std::unique_lock lock(mutex_);
  if (!over_ && stop_) stop_();
  if (over_changed_.wait_for(lock, kForcedTime, [this] { return over_; })) return;
  // No application's sink: what that needs may be what hangs.
  log_message(LogLevel::kWarning, "Not everything has ended: the process ends without it.");
  last_();
  flush_logs();
  ::_exit(exit_code_);  // destructors would wait for the others
}

}  // namespace capricorn
