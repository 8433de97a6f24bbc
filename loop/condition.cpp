// SPDX-License-Identifier: MIT
#include "condition.hpp"

#include <exception>

#include "errors.hpp"

namespace capricorn {

/// A wait for one notify, which goes to the next waiter unless it was used.
class Condition::Notification final : public ListWaiter {
 public:
  explicit Notification(Condition& condition) noexcept : condition_(&condition) {}
  ~Notification() {
    if (woken() && linked()) condition_->waiters_.wake_next();
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) noexcept {
    stand_in(condition_->waiters_, self);
  }
  void await_resume() {
    check_cancelled();
    check_not_orphaned();
  }
  void use() noexcept { unlink(); }
  using ListWaiter::orphaned;

 private:
  Condition* condition_;
};

Task<> Condition::wait() {
  if (!locked()) throw RuntimeError("cannot wait on un-acquired lock");
  Notification notification(*this);
  const std::uint64_t holding = lock_.holding_;
  lock_.release();
  std::exception_ptr cancelled;
  try {
    co_await notification;
  } catch (const CancelledError&) {
    if (notification.orphaned()) throw;
    cancelled = std::current_exception();
  }
  while (true) {
    try {
      co_await lock_.acquire();
      break;
    } catch (const CancelledError&) {
      if (notification.orphaned()) throw;
      cancelled = std::current_exception();
    }
  }
  lock_.holding_ = holding;  // the guard's, if there is one
  if (cancelled) std::rethrow_exception(cancelled);
  notification.use();
}

void Condition::check_notify() const {
  if (!locked()) throw RuntimeError("cannot notify on un-acquired lock");
}

void Condition::notify(int n) {
  check_notify();
  for (int woken = 0; woken < n && waiters_.wake_next(); ++woken) {
  }
}

void Condition::notify_all() {
  check_notify();
  waiters_.wake_all();
}

}  // namespace capricorn
