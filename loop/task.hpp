// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <exception>
#include <source_location>
#include <utility>

#include "promise.hpp"

namespace capricorn {

template <class T>
class Task;

template <class T>
class TaskPromise final : public PromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  FinalAwaiter final_suspend() noexcept {
    outcome_.end();
    return {};
  }
  void unhandled_exception() noexcept {
    outcome_.set_exception(std::current_exception(), handling_cancelled_error());
  }
  template <class U = T>
  void return_value(U&& value) {
    outcome_.set_value(std::forward<U>(value));
  }
  Outcome<T>& outcome() noexcept { return outcome_; }

 private:
  Outcome<T> outcome_;
};

template <>
class TaskPromise<void> final : public PromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    outcome_.set_exception(std::current_exception(), handling_cancelled_error());
  }
  void return_void() noexcept { outcome_.set_value(); }
  Outcome<void>& outcome() noexcept { return outcome_; }

 private:
  Outcome<void> outcome_;
};

/// What a coroutine is doing (Python's inspect.getcoroutinestate).
enum class TaskState : unsigned char { kCreated, kRunning, kSuspended, kClosed };

/// Destroys a frame that nobody awaited, and says so as Python does.
void drop_unawaited(const PromiseBase& promise, std::coroutine_handle<> frame) noexcept;
/// RuntimeError("cannot reuse already awaited coroutine")
[[noreturn]] void refuse_reuse();

#if defined(__clang__)
#define CAPRICORN_CORO_RETURN [[clang::coro_return_type, clang::coro_lifetimebound]]
#define CAPRICORN_CORO_WRAPPER [[clang::coro_wrapper]]
// Of a function whose arguments, this one's object included, may go before the coroutine does.
#define CAPRICORN_CORO_OWNS_ARGUMENTS [[clang::coro_disable_lifetimebound]]
#else
#define CAPRICORN_CORO_RETURN
#define CAPRICORN_CORO_WRAPPER
#define CAPRICORN_CORO_OWNS_ARGUMENTS
#endif

/// A coroutine, as calling an `async def` gives it: a description of work that runs when awaited,
/// and within the task that awaits it. Awaiting does not go through the loop (symmetric transfer).
/// It is awaited once, as a temporary or moved; dropped before that, its body never ran. Whoever
/// awaits or schedules one that was moved away gets a RuntimeError. Parameters are values, or
/// outlive it.
template <class T = void>
class [[nodiscard]] CAPRICORN_CORO_RETURN Task {
 public:
  using promise_type = TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;
  using Result = T;

  Task(const Task&) = delete;  // a Task is awaited once: move it
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) drop_unawaited(handle_.promise(), handle_);
  }

  class Awaiter final : public ChildFrame {
   public:
    using ChildFrame::ChildFrame;
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) noexcept {
      promise().set_parent(parent.promise(), parent, *this);
      return frame_;
    }
    T await_resume() { return promise().outcome().take(); }

   private:
    promise_type& promise() const noexcept {
      return Handle::from_address(frame_.address()).promise();
    }
  };
  Awaiter operator co_await() && { return Awaiter(release()); }

  /// Drops it without a word where it was not awaited.
  void close() noexcept {
    if (handle_) release().destroy();
  }
  /// The frame passes to the caller, who destroys it.
  Handle release() {
    if (!handle_) refuse_reuse();
    return std::exchange(handle_, nullptr);
  }
  /// kCreated, or kClosed where it was awaited or moved away.
  TaskState state() const noexcept { return handle_ ? TaskState::kCreated : TaskState::kClosed; }
  /// The coroutine's place in the source; before it was awaited.
  std::source_location made_at() const {
    if (!handle_) refuse_reuse();
    return handle_.promise().waits_at();
  }

 private:
  friend promise_type;
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Handle handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(Task<T>::Handle::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(Task<void>::Handle::from_promise(*this));
}

}  // namespace capricorn
