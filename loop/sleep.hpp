// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <type_traits>

#include "task_core.hpp"

namespace capricorn {

/// The await of `sleep`: the timer lies in the awaiting frame.
class [[nodiscard]] SleepAwaiter final : public SimpleWaiter, TimerNode {
 public:
  explicit SleepAwaiter(Duration delay) noexcept : delay_(delay) {}
  /// Until it is awaited.
  SleepAwaiter(SleepAwaiter&& other) noexcept : SimpleWaiter(), TimerNode(), delay_(other.delay_) {}
  ~SleepAwaiter() {
    if (scheduled() || linked()) give_up();
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    TaskCore& waiting = *self.promise().task();
    const bool yields = delay_ <= Duration::zero();
    if (!yields) arm(waiting.loop());  // first: there may be no memory for it
    park(waiting, self);
    if (yields) finish();
  }
  void await_resume() { check_cancelled(); }

 private:
  void arm(Loop& loop);
  void give_up() noexcept override;
  void run() override { finish(); }
  TaskCore* for_task() noexcept override { return task(); }

  Duration delay_;
};

/// Suspends the task for `delay`; zero or less yields exactly once. Never early.
/// https://docs.python.org/3/library/asyncio-task.html#sleeping
inline SleepAwaiter sleep(Delay delay) noexcept { return SleepAwaiter(delay); }
/// A number has no unit: write 1s. The system's sleep, which takes one, blocks the loop.
template <class N>
  requires std::is_arithmetic_v<N>
SleepAwaiter sleep(N) = delete;

}  // namespace capricorn
