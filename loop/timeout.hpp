// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <type_traits>

#include "task_handle.hpp"

namespace capricorn {

/// A deadline on what the current task awaits inside a scope.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.timeout
class Timeout final : TimerNode {
 public:
  /// Without a deadline it never expires.
  explicit Timeout(std::optional<TimePoint> when);
  Timeout(const Timeout&) = delete;
  ~Timeout();

  std::optional<TimePoint> when() const noexcept { return when_; }
  /// Throws RuntimeError where the scope was left or has expired.
  void reschedule(std::optional<TimePoint> when);
  bool expired() const noexcept { return state_ == State::kExpiring || state_ == State::kExpired; }

  // For timeout()
  /// The scope is left; true where the CancelledError on its way out is this timeout's own.
  bool exit(bool cancelled_error);

 private:
  enum class State : unsigned char { kEntered, kExpiring, kExpired, kExited };
  static const char* name_of(State state) noexcept;
  void run() override;

  TaskCore* task_;
  std::optional<TimePoint> when_;
  int cancelling_at_entry_;
  State state_ = State::kEntered;
};

/// Runs `body(scope)` and cancels it at `when`; throws TimeoutError once it has cleaned up.
template <class F>
  requires std::is_invocable_v<F&, Timeout&>
auto timeout_at(std::optional<TimePoint> when, F body) -> std::invoke_result_t<F&, Timeout&> {
  using T = typename std::invoke_result_t<F&, Timeout&>::Result;
  Timeout scope(when);
  std::exception_ptr failure;
  bool cancelled = false;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await body(scope);
      if (!scope.exit(false)) co_return;
    } else {
      T value = co_await body(scope);
      scope.exit(false);
      co_return std::move(value);
    }
  } catch (const CancelledError&) {
    cancelled = true;
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure && scope.exit(cancelled)) throw TimeoutError();
  if (failure) std::rethrow_exception(failure);
  if constexpr (!std::is_void_v<T>) std::terminate();  // every path above returned or failed
}

template <class F>
  requires std::is_invocable_v<F&, Timeout&>
auto timeout(Delay delay, F body) -> std::invoke_result_t<F&, Timeout&> {
  co_return co_await timeout_at(deadline(get_running_loop().time(), delay), std::move(body));
}

template <class T>
Task<T> timeout(Delay delay, Task<T> task) {
  co_return co_await timeout(delay,
                             [&task](Timeout&) -> Task<T> { co_return co_await std::move(task); });
}

}  // namespace capricorn
