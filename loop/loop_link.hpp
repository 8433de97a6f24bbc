// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>

#include "intrusive_list.hpp"
#include "pool_figures.hpp"

namespace capricorn {

class FutureCore;
class Loop;

/// A future that has callbacks, which a loop that closes will never call.
struct FutureWithCallbacks : ListNode {
  explicit FutureWithCallbacks(FutureCore& core) noexcept : future(core) {}
  FutureCore& future;
};

/// What another thread waits for, and a loop that closes will never give.
class Promised : public ListNode {
 public:
  /// Under the lock of the link.
  virtual void break_off() noexcept = 0;

 protected:
  ~Promised() = default;
};

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
  /// Tells the loop that it has callbacks to drop, until `forget`; false where it is closed.
  bool keep(FutureWithCallbacks& future) noexcept {
    std::lock_guard lock(mutex_);
    if (!closed_ && !future.linked()) futures_.push_back(future);
    return !closed_;
  }
  void forget(FutureWithCallbacks& future) noexcept {
    std::lock_guard lock(mutex_);
    future.unlink();
  }
  /// Broken off when the loop closes, until `forget`; false where it closes already.
  bool keep(Promised& promised) noexcept {
    std::lock_guard lock(mutex_);
    if (!promises_broken_) promises_.push_back(promised);
    return !promises_broken_;
  }
  void forget(Promised& promised) noexcept {
    std::lock_guard lock(mutex_);
    promised.unlink();
  }
  /// The loop is about to close, and may have to wait for those who wait for it.
  void break_promises() noexcept {
    std::lock_guard lock(mutex_);
    promises_broken_ = true;
    while (!promises_.empty()) promises_.pop_front().break_off();
  }
  bool is_closed() noexcept {
    std::lock_guard lock(mutex_);
    return closed_;
  }
  /// The loop is closed: drops the callbacks of pending futures, on its thread.
  void close() noexcept;
  /// The loop goes.
  void cut() noexcept {
    std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::recursive_mutex mutex_;  // an exception handler may drop another failed future
  Loop* loop_;
  IntrusiveList<FutureWithCallbacks> futures_;
  IntrusiveList<Promised> promises_;
  bool promises_broken_ = false;
  bool closed_ = false;
};

}  // namespace capricorn
