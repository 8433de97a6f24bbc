// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "loop.hpp"

namespace capricorn {

struct WatchdogOptions {
  Duration threshold;             // a pass that takes longer blocks the loop
  bool dumps_on_sigquit = false;  // SIGQUIT reports the tree of live tasks
  /// Its thread shares no descriptors with the loop's, whose system calls it so does not slow down:
  /// `report` uses none but 0 to 2, and those that it opens and closes itself.
  bool own_descriptors = false;
  /// Called on the watchdog's thread; none: the log, as warnings.
  std::function<void(std::string_view)> report = {};
};

/// Says who blocks the loop while it is blocked: a thread that looks from outside whether the loop
/// goes on. Where it does not, SIGURG to the loop's thread brings its stack and the current task,
/// once an episode. The loop itself pays nothing.
///
/// The signal ends what the thread sleeps in: `usleep`, `nanosleep`, `poll` and `select` return
/// early with EINTR, even with SA_RESTART; std::this_thread::sleep_for goes on. While a watchdog
/// lives, SIGURG (and SIGQUIT, where asked for) of the whole process are its own.
///
/// A place is reported with its stack once, then in one line, and of all places some ten reports a
/// minute at most. It is made before the loop runs or on its thread, and ends before the loop.
class Watchdog {
 public:
  /// Throws std::system_error where the system has no thread for it.
  Watchdog(Loop& loop, WatchdogOptions options);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// How often the loop was blocked, reported or not. Any thread.
  std::uint64_t episodes() const noexcept { return episodes_.load(std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;

  void watch();
  bool ends_within(Duration time);
  void look(TimePoint now);
  void episode_begins(TimePoint now);
  void episode_ends(TimePoint now);
  bool may_report(TimePoint now);
  std::string who_blocks(bool always_with_stack);
  void dump_tasks();
  void report(const std::string& text);

  Loop& loop_;
  WatchdogOptions options_;
  Duration period_;
  std::atomic<std::uint64_t> episodes_{0};

  // The pass that is watched
  std::uint64_t pass_ = 0;
  TimePoint since_{};
  TimePoint last_look_{};
  bool rested_ = true;
  bool blocked_ = false;
  bool reported_ = false;

  // Reports
  std::map<std::uint64_t, std::uint64_t> places_;  // how often each was met
  TimePoint minute_begins_{};
  int reports_this_minute_ = 0;
  std::uint64_t unreported_ = 0;
  unsigned quits_seen_ = 0;

  // The thread
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace capricorn
