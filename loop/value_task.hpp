// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "task.hpp"

namespace capricorn {

/// A value that is here already, or the coroutine that will bring it: awaiting the first costs no
/// frame and no suspension. Await it once, as a temporary.
template <class T>
class [[nodiscard]] ValueTask {
 public:
  ValueTask(T value) : value_(std::move(value)) {}     // NOLINT: returning a value is the point
  ValueTask(Task<T> task) : task_(std::move(task)) {}  // NOLINT

  auto operator co_await() && { return Awaiter{std::move(*this)}; }

  struct Awaiter {
    ValueTask held;
    typename Task<T>::Awaiter inner{held.task_ ? held.task_->release() : nullptr};
    bool await_ready() const noexcept { return held.value_.has_value(); }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) {
      return inner.await_suspend(parent);
    }
    T await_resume() { return held.value_ ? std::move(*held.value_) : inner.await_resume(); }
  };

 private:
  std::optional<T> value_;
  std::optional<Task<T>> task_;
};

template <>
class [[nodiscard]] ValueTask<void> {
 public:
  ValueTask() = default;
  ValueTask(Task<void> task) : task_(std::move(task)) {}  // NOLINT

  struct Awaiter;
  Awaiter operator co_await() &&;

 private:
  std::optional<Task<void>> task_;
};

struct ValueTask<void>::Awaiter {
  ValueTask held;
  Task<void>::Awaiter inner{held.task_ ? held.task_->release() : nullptr};
  bool await_ready() const noexcept { return !held.task_.has_value(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) {
    return inner.await_suspend(parent);
  }
  void await_resume() {
    if (held.task_) inner.await_resume();
  }
};
inline ValueTask<void>::Awaiter ValueTask<void>::operator co_await() && {
  return Awaiter{std::move(*this)};
}

}  // namespace capricorn
