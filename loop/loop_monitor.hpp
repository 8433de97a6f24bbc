// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "callback_observer.hpp"
#include "loop.hpp"

namespace capricorn {

/// One callback, or one step of a task, that took longer than the monitor's threshold.
struct CallbackRecord {
  std::string name;  // the task's; else where the callback was created
  Duration duration{};
  Duration threshold{};
  TimePoint at{};  // when it began

  bool is_slow() const noexcept { return duration > threshold; }
  /// "[SLOW] query: 150.3ms", "[ok] query: 0.2ms"
  std::string text() const;
};

/// Measures every callback of a loop while it is installed; leaving its scope takes it off. A slow
/// one is logged as soon as it has ended. Watching costs two clock reads and a name for each
/// callback. Loop's thread only; it does not outlive the loop's last run.
class LoopMonitor final : CallbackObserver {
 public:
  static constexpr std::size_t kRecordsKept = 1000;

  LoopMonitor(Loop& loop, Duration threshold) noexcept : loop_(loop), threshold_(threshold) {}
  ~LoopMonitor() = default;
  /// Of the running loop, installed for the scope of what it is given to:
  /// `LoopMonitor monitor = LoopMonitor::monitor(50ms);`
  static LoopMonitor monitor(Duration threshold = std::chrono::milliseconds(100));

  /// Counts from the loop's next pass on. Twice is once.
  void install();
  /// What was counted stays.
  void uninstall();
  bool installed() const noexcept { return linked(); }

  Duration threshold() const noexcept { return threshold_; }
  std::uint64_t callbacks() const noexcept { return callbacks_; }
  /// Those that took longer than the threshold, in order; the last `kRecordsKept`.
  std::vector<CallbackRecord> slow_callbacks() const { return {slow_.begin(), slow_.end()}; }
  /// Some lines for people: how many callbacks, their time, and the slowest five.
  std::string summary() const;

 private:
  enum class Installed : bool { kYes };
  LoopMonitor(Loop& loop, Duration threshold, Installed) : LoopMonitor(loop, threshold) {
    install();
  }
  void callback_ran(std::string_view name, TimePoint begin, Duration took) override;
  Duration watched_for() const;

  Loop& loop_;
  Duration threshold_;
  Duration watched_{};
  TimePoint installed_at_{};
  std::uint64_t callbacks_ = 0;
  std::uint64_t slow_callbacks_ = 0;
  Duration busy_{};
  std::deque<CallbackRecord> slow_;
};

}  // namespace capricorn
