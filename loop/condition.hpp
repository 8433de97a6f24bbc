// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <type_traits>

#include "lock.hpp"
#include "task.hpp"

namespace capricorn {

/// Waiting, under a Lock, for what another task will tell. A wait may end although nothing of
/// interest happened: look again, or use `wait_for`.
/// https://docs.python.org/3/library/asyncio-sync.html#condition
class Condition {
 public:
  /// With a lock of its own.
  Condition() noexcept : lock_(own_lock_) {}
  /// The lock, which outlives it, may be shared by several.
  explicit Condition(Lock& lock) noexcept : lock_(lock) {}
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  Lock::AcquireAwaiter acquire() noexcept { return lock_.acquire(); }
  Lock::ScopedAwaiter scoped() noexcept { return lock_.scoped(); }
  void release() { lock_.release(); }
  bool locked() const noexcept { return lock_.locked(); }

  /// Releases the lock, waits until notified, and takes the lock again: also where it is cancelled,
  /// and a notify that reached it then goes to the next. A guard stays valid. Throws RuntimeError
  /// where the lock is not taken.
  Task<> wait();
  /// Waits until `predicate()`, called under the lock, is true, and returns what it returned.
  template <std::invocable F>
  Task<std::decay_t<std::invoke_result_t<F&>>> wait_for(F predicate);

  /// Wakes the first `n` that wait; they go on one by one as each gets the lock. Throws
  /// RuntimeError where the lock is not taken.
  void notify(int n = 1);
  void notify_all();

 private:
  class Notification;
  void check_notify() const;

  Lock own_lock_;
  Lock& lock_;
  WaitList waiters_;
};

template <std::invocable F>
Task<std::decay_t<std::invoke_result_t<F&>>> Condition::wait_for(F predicate) {
  while (true) {
    auto result = predicate();
    if (result) co_return result;
    co_await wait();
  }
}

}  // namespace capricorn
