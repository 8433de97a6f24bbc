// SPDX-License-Identifier: MIT
#pragma once

#include "task_handle.hpp"

namespace capricorn {

/// The await of `sleep`: the timer lies in the awaiting frame.
class SleepAwaiter final : public Waiter, TimerNode {
 public:
  explicit SleepAwaiter(Duration delay) noexcept : delay_(delay) {}
  ~SleepAwaiter() {
    if (loop_) loop_->cancel_timer(*this);
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    park(*self.promise().task(), self);
    arm();
  }
  void await_resume();
  bool cancel(const std::string& message) override;

 private:
  void arm();
  void run() override;

  Loop* loop_ = nullptr;
  Duration delay_;
  bool woken_ = false;
  bool cancelled_ = false;
  std::string message_;
};

/// Suspends the task for `delay`; zero or less yields exactly once. Never early.
/// https://docs.python.org/3/library/asyncio-task.html#sleeping
inline SleepAwaiter sleep(Duration delay) noexcept { return SleepAwaiter(delay); }

}  // namespace capricorn
