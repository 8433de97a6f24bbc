// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "intrusive_list.hpp"

namespace capricorn {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::steady_clock::time_point;

/// How long to wait: any duration, up to the next nanosecond. What nanoseconds cannot say, as
/// hours::max(), is for ever.
class Delay {
 public:
  template <class R, class P>
  constexpr Delay(std::chrono::duration<R, P> time) noexcept  // NOLINT: any duration converts
      : time_(saturated(time)) {}
  constexpr operator Duration() const noexcept { return time_; }  // NOLINT: it is one

 private:
  template <class R, class P>
  static constexpr Duration saturated(std::chrono::duration<R, P> time) noexcept {
    if constexpr (std::is_same_v<std::chrono::duration<R, P>, Duration>) {
      return time;
    } else {
      constexpr std::chrono::duration<double> kMost(9.2e9);
      const std::chrono::duration<double> about(time);
      if (about >= kMost) return Duration::max();
      if (!(about > -kMost)) return Duration::min();
      return std::chrono::ceil<Duration>(time);
    }
  }

  Duration time_;
};

/// `delay` after `now`, and the end of time where that is no TimePoint.
inline TimePoint deadline(TimePoint now, Duration delay) noexcept {
  return delay > TimePoint::max() - now ? TimePoint::max() : now + delay;
}

class TaskCore;

/// What stands in the loop's ready queue. Taken out of it before `run`, and by its destructor.
class Runnable : public ListNode {
 public:
  virtual void run() = 0;
  /// It will never run, since its loop closes or what it waited for is gone.
  virtual void drop() noexcept { unlink(); }
  /// The task that goes on when it runs; reports name that.
  virtual TaskCore* for_task() noexcept { return nullptr; }
  /// What reports call it otherwise.
  virtual std::string description() const { return "callback"; }

 protected:
  ~Runnable() = default;
};

/// A Runnable that joins the ready queue when its deadline has passed. Lies in its owner's memory:
/// a timer costs no allocation. The owner cancels it with the TimerQueue before it goes.
class TimerNode : public Runnable {
 public:
  TimePoint when() const noexcept { return when_; }
  bool scheduled() const noexcept { return index_ != kNone; }

 protected:
  ~TimerNode() = default;

 private:
  friend class TimerQueue;
  // In index_, above every index of the heap.
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);
  static constexpr std::uint32_t kInWheel = kNone - 1;
  static constexpr std::uint32_t kInSorted = kNone - 2;
  TimePoint when_{};
  std::uint64_t sequence_ = 0;
  std::uint32_t index_ = kNone;
};

}  // namespace capricorn
