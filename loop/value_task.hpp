// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "task.hpp"

namespace capricorn {

/// Brings values as they come, to one coroutine at a time, and outlives it. A wait for it costs no
/// frame, as it has none.
template <class T>
class ValueSource {
 public:
  /// `self`, whose promise that is, is parked until there is something to take. Throws where
  /// another waits.
  virtual void wait(std::coroutine_handle<> self, PromiseBase& promise) = 0;
  /// In `self`, which goes on. Throws CancelledError where its task was cancelled.
  virtual T take() = 0;
  /// `self` is destroyed while it waits.
  virtual void forget() noexcept = 0;

 protected:
  ~ValueSource() = default;
};

/// A value that is here already, or the coroutine or the source that will bring it: awaiting the
/// first costs no frame and no suspension. Await it once, as a temporary.
template <class T>
class [[nodiscard]] ValueTask {
 public:
  ValueTask(T value) : value_(std::move(value)) {}     // NOLINT: to return one is the point
  ValueTask(Task<T> task) : task_(std::move(task)) {}  // NOLINT
  ValueTask(ValueSource<T>& source) noexcept : source_(&source) {}  // NOLINT

  struct Awaiter;
  auto operator co_await() && { return Awaiter{std::move(*this)}; }

 private:
  std::optional<T> value_;
  std::optional<Task<T>> task_;
  ValueSource<T>* source_ = nullptr;
};

template <class T>
struct ValueTask<T>::Awaiter {
  ValueTask held;
  typename Task<T>::Awaiter inner{held.task_ ? held.task_->release() : nullptr};
  ValueSource<T>* waits_for = nullptr;

  explicit Awaiter(ValueTask&& task) : held(std::move(task)) {}
  Awaiter(const Awaiter&) = delete;
  ~Awaiter() {
    if (waits_for) waits_for->forget();
  }
  bool await_ready() const noexcept { return held.value_.has_value(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) {
    if (!held.source_) return inner.await_suspend(parent);
    held.source_->wait(parent, parent.promise());
    waits_for = held.source_;
    return std::noop_coroutine();
  }
  T await_resume() {
    if (waits_for) return std::exchange(waits_for, nullptr)->take();
    return held.value_ ? std::move(*held.value_) : inner.await_resume();
  }
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
