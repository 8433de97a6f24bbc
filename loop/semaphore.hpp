// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include "wait_list.hpp"

namespace capricorn {

/// A counter that `acquire` decrements and `release` increments; at zero acquirers wait, first
/// come, first served. It outlives those who hold a part of it.
/// https://docs.python.org/3/library/asyncio-sync.html#semaphore
class Semaphore {
 public:
  class Guard;
  class AcquireAwaiter;
  class ScopedAwaiter;

  /// Throws std::invalid_argument where `value` is negative.
  explicit Semaphore(int value = 1) : Semaphore(value, std::numeric_limits<int>::max()) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// `co_await semaphore.acquire()`. Cancelled, it has taken nothing, and has passed on what it was
  /// given.
  AcquireAwaiter acquire() noexcept;
  /// `auto guard = co_await semaphore.scoped()`: released when the guard goes.
  ScopedAwaiter scoped() noexcept;
  /// A BoundedSemaphore's throws std::invalid_argument where it was not acquired as often.
  void release();
  /// Whether `acquire` would wait.
  bool locked() const noexcept {
    return value_ == 0 || waiters_.anyone_comes() || waiters_.anyone_waits();
  }

 protected:
  Semaphore(int value, int bound);

 private:
  bool wake_next() noexcept;
  void put_back() noexcept;

  WaitList waiters_;
  IntrusiveList<Guard> guards_;
  int value_;
  const int bound_;
};

/// Never released more often than acquired.
/// https://docs.python.org/3/library/asyncio-sync.html#boundedsemaphore
class BoundedSemaphore : public Semaphore {
 public:
  explicit BoundedSemaphore(int value = 1) : Semaphore(value, value) {}
};

/// Holds a part of a Semaphore, which it may outlive, and puts it back when it goes.
class [[nodiscard]] Semaphore::Guard : ListNode {
 public:
  explicit Guard(Semaphore& held) noexcept : semaphore_(&held) {
    semaphore_->guards_.push_back(*this);
  }
  Guard(Guard&& other) noexcept : semaphore_(other.semaphore_) {
    if (!other.linked()) return;
    other.unlink();
    semaphore_->guards_.push_back(*this);
  }
  ~Guard() {
    if (linked()) semaphore_->put_back();
  }

 private:
  template <class T>
  friend class capricorn::IntrusiveList;
  Semaphore* semaphore_;
};

class [[nodiscard]] Semaphore::AcquireAwaiter : public ListWaiter {
 public:
  explicit AcquireAwaiter(Semaphore& semaphore) noexcept : semaphore_(&semaphore) {}
  AcquireAwaiter(AcquireAwaiter&&) noexcept = default;
  ~AcquireAwaiter() { leave(false); }

  bool await_ready() noexcept {
    if (semaphore_->locked()) return false;
    --semaphore_->value_;
    return true;
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) noexcept {
    stand_in(semaphore_->waiters_, self);
  }
  void await_resume();

 protected:
  Semaphore* semaphore_;

 private:
  void leave(bool acquired) noexcept;
};

class [[nodiscard]] Semaphore::ScopedAwaiter final : public AcquireAwaiter {
 public:
  using AcquireAwaiter::AcquireAwaiter;
  Guard await_resume() {
    AcquireAwaiter::await_resume();
    return Guard(*semaphore_);
  }
};

inline Semaphore::AcquireAwaiter Semaphore::acquire() noexcept { return AcquireAwaiter(*this); }
inline Semaphore::ScopedAwaiter Semaphore::scoped() noexcept { return ScopedAwaiter(*this); }

}  // namespace capricorn
