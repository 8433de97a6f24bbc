// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>

#include "pool_figures.hpp"

namespace capricorn {

class Loop;

/// The way to a loop for whoever may outlive it: jobs of other threads, failed futures. Any thread.
class LoopLink {
 public:
  explicit LoopLink(Loop& loop) noexcept : loop_(&loop) {}
  LoopLink(const LoopLink&) = delete;

  /// Of the threads that work for the loop.
  PoolFigures pool;

  /// Calls `f(loop)`, and the loop stays for so long; false where it is gone.
  template <class F>
  bool with_loop(F&& f) {
    std::lock_guard lock(mutex_);
    if (loop_) f(*loop_);
    return loop_ != nullptr;
  }
  /// The loop goes.
  void cut() noexcept {
    std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::recursive_mutex mutex_;  // an exception handler may drop another failed future
  Loop* loop_;
};

}  // namespace capricorn
