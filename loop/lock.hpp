// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "wait_list.hpp"

namespace capricorn {

/// Mutual exclusion between the tasks of a loop: first come, first served. Whoever finds it free
/// and nobody before it takes it without suspending. No task owns it, any may release it, and it is
/// not re-entrant.
/// https://docs.python.org/3/library/asyncio-sync.html#lock
class Lock {
 public:
  class Guard;
  class AcquireAwaiter;
  class ScopedAwaiter;

  Lock() noexcept = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// `co_await lock.acquire()`. Cancelled, it has not taken the lock, and has passed it on where it
  /// was its turn.
  AcquireAwaiter acquire() noexcept;
  /// `auto guard = co_await lock.scoped()`: released when the guard goes.
  ScopedAwaiter scoped() noexcept;
  /// Throws RuntimeError where it is not locked.
  void release();
  bool locked() const noexcept { return holding_ != 0; }

 private:
  friend class Condition;
  bool free() const noexcept {
    return !locked() && !waiters_.anyone_comes() && !waiters_.anyone_waits();
  }
  void take() noexcept { holding_ = ++last_holding_; }

  WaitList waiters_;
  IntrusiveList<Guard> guards_;
  // Each holding has a number, so that a guard releases only its own; 0 is nobody's.
  std::uint64_t holding_ = 0;
  std::uint64_t last_holding_ = 0;
};

/// Holds a Lock; releases it, where it was not released by hand meanwhile, when it goes. It may
/// outlive the lock.
class [[nodiscard]] Lock::Guard : ListNode {
 public:
  explicit Guard(Lock& held) noexcept : lock_(&held), holding_(held.holding_) {
    lock_->guards_.push_back(*this);
  }
  Guard(Guard&& other) noexcept : lock_(other.lock_), holding_(other.holding_) {
    if (!other.linked()) return;
    other.unlink();
    lock_->guards_.push_back(*this);
  }
  ~Guard() {
    if (linked() && lock_->holding_ == holding_) lock_->release();
  }

 private:
  template <class T>
  friend class capricorn::IntrusiveList;
  Lock* lock_;
  std::uint64_t holding_;
};

class [[nodiscard]] Lock::AcquireAwaiter : public ListWaiter {
 public:
  explicit AcquireAwaiter(Lock& lock) noexcept : lock_(&lock) {}
  AcquireAwaiter(AcquireAwaiter&&) noexcept = default;
  ~AcquireAwaiter() { leave(); }

  bool await_ready() noexcept {
    if (!lock_->free()) return false;
    lock_->take();
    return true;
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) noexcept {
    stand_in(lock_->waiters_, self);
  }
  void await_resume();

 protected:
  Lock* lock_;

 private:
  /// Where the lock is free, the next one is woken.
  void leave() noexcept;
};

class [[nodiscard]] Lock::ScopedAwaiter final : public AcquireAwaiter {
 public:
  using AcquireAwaiter::AcquireAwaiter;
  Guard await_resume() {
    AcquireAwaiter::await_resume();
    return Guard(*lock_);
  }
};

inline Lock::AcquireAwaiter Lock::acquire() noexcept { return AcquireAwaiter(*this); }
inline Lock::ScopedAwaiter Lock::scoped() noexcept { return ScopedAwaiter(*this); }

}  // namespace capricorn
