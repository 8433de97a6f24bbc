// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "runnable.hpp"

namespace capricorn {

/// Timers by (deadline, order of creation): a heap with four children a node that knows where each
/// timer lies, so that cancelling takes it out at once.
class TimerQueue {
 public:
  bool empty() const noexcept { return heap_.empty(); }
  std::size_t size() const noexcept { return heap_.size(); }
  TimePoint next_deadline() const noexcept { return heap_.front()->when_; }

  void add(TimerNode& timer, TimePoint when);
  /// Does nothing for a timer that is not scheduled.
  void cancel(TimerNode& timer) noexcept;
  /// Moves every timer whose deadline is `now` or earlier to the end of `ready`, in order.
  void pop_due(TimePoint now, IntrusiveList<Runnable>& ready) noexcept;

 private:
  static bool before(const TimerNode* a, const TimerNode* b) noexcept {
    return a->when_ != b->when_ ? a->when_ < b->when_ : a->sequence_ < b->sequence_;
  }
  void place(std::size_t index, TimerNode* timer) noexcept {
    heap_[index] = timer;
    timer->index_ = index;
  }
  void sift_up(std::size_t index, TimerNode* timer) noexcept;
  void sift_down(std::size_t index, TimerNode* timer) noexcept;

  std::vector<TimerNode*> heap_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace capricorn
