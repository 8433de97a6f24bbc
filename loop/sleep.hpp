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
    park(*self.promise().task(), self);
    if (delay_ > Duration::zero())
      arm();
    else
      finish();
  }
  void await_resume() { check_cancelled(); }

 private:
  void arm();
  void give_up() noexcept override;
  void run() override { finish(); }
  TaskCore* for_task() noexcept override { return task(); }

  Duration delay_;
};

/// Suspends the task for `delay`; zero or less yields exactly once. Never early. What nanoseconds
/// cannot say, as hours::max(), is for ever.
/// https://docs.python.org/3/library/asyncio-task.html#sleeping
inline SleepAwaiter sleep(Duration delay) noexcept { return SleepAwaiter(delay); }
template <class R, class P>
SleepAwaiter sleep(std::chrono::duration<R, P> delay) noexcept {
  constexpr std::chrono::duration<double> kMost(9.2e9);
  const std::chrono::duration<double> about(delay);
  if (about >= kMost) return SleepAwaiter(Duration::max());
  if (!(about > -kMost)) return SleepAwaiter(Duration::zero());
  return SleepAwaiter(std::chrono::ceil<Duration>(delay));
}
/// A number has no unit: write 1s. The system's sleep, which takes one, blocks the loop.
template <class N>
  requires std::is_arithmetic_v<N>
SleepAwaiter sleep(N) = delete;

}  // namespace capricorn
