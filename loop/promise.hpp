// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "compiler.hpp"
#include "frame_pool.hpp"

namespace capricorn {

class TaskCore;

template <class A>
concept Awaitable = requires(A&& a) { std::forward<A>(a).await_ready(); } || requires(A&& a) {
  std::forward<A>(a).operator co_await();
} || requires(A&& a) { operator co_await(std::forward<A>(a)); };

/// Owns the frame of a coroutine that is being awaited; lies in the frame of the one that awaits.
class ChildFrame {
 public:
  explicit ChildFrame(std::coroutine_handle<> frame = nullptr) noexcept : frame_(frame) {}
  ChildFrame(const ChildFrame&) = delete;
  ChildFrame& operator=(const ChildFrame&) = delete;
  ~ChildFrame() { destroy(); }
  void destroy() noexcept {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

 protected:
  std::coroutine_handle<> frame_;
};

/// What every coroutine's promise knows: who awaits it, in which task it runs, and where it waits.
class PromiseBase {
 public:
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* frame) noexcept { FramePool::deallocate(frame); }

  /// Keeps the coroutine's own place, until it waits somewhere.
  std::suspend_always initial_suspend(
      std::source_location where = std::source_location::current()) noexcept {
    waits_at_ = where;
    return {};
  }

  /// Keeps the place of each co_await, for dumps of live tasks.
  template <class A>
  decltype(auto) await_transform(A&& awaitable,
                                 std::source_location where = std::source_location::current()) {
    constexpr bool kOnce = Awaitable<std::remove_reference_t<A>> && !Awaitable<A>;
    static_assert(!kOnce, "a Task is awaited once: co_await a call, or std::move(task)");
    static_assert(kOnce || bool(Awaitable<A>),
                  "this object can't be used in a co_await expression");
    waits_at_ = where;
    if constexpr (Awaitable<A>)
      return std::forward<A>(awaitable);
    else
      return std::suspend_never{};
  }

  /// Runs within `parent`: its task, and its continuation when this one ends. `frame` owns this
  /// one and lies in the parent's.
  void set_parent(PromiseBase& parent, std::coroutine_handle<> handle, ChildFrame& frame) noexcept {
    continuation_ = handle;
    parent_ = &parent;
    frame_ = &frame;
    task_ = parent.task_;
  }
  void set_task(TaskCore* task) noexcept { task_ = task; }

  /// Null before it runs.
  TaskCore* task() const noexcept { return task_; }
  PromiseBase* parent() const noexcept { return parent_; }
  ChildFrame* frame() const noexcept { return frame_; }
  /// The coroutine's own place before its first co_await.
  std::source_location waits_at() const noexcept { return waits_at_; }

  /// Who goes on when this coroutine ends; a task's outermost has none, its TaskCore looks.
  std::coroutine_handle<> continuation() const noexcept {
    return continuation_ ? continuation_ : std::noop_coroutine();
  }

 protected:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) const noexcept {
      return self.promise().continuation();
    }
    void await_resume() const noexcept {}
  };

 private:
  std::coroutine_handle<> continuation_;
  PromiseBase* parent_ = nullptr;
  ChildFrame* frame_ = nullptr;
  TaskCore* task_ = nullptr;
  std::source_location waits_at_;
};

/// Whether the exception being handled is CancelledError, found without rethrowing it.
bool handling_cancelled_error() noexcept;

/// std::logic_error("A coroutine of a value ended without co_return.")
std::exception_ptr missing_co_return() noexcept;

/// What a coroutine ended with. `T` may be move-only, a reference, or void.
template <class T>
class Outcome {
 public:
  Outcome() noexcept {}
  Outcome(const Outcome&) = delete;
  ~Outcome() {
    if (kind_ == Kind::kValue) value_.~Stored();
  }

  template <class U>
  void set_value(U&& value) {
    if constexpr (std::is_reference_v<T>) {
      new (&value_) Stored(&value);
    } else {
      constexpr bool kSame = std::is_same_v<std::remove_cvref_t<U>, T>;
      static_assert(!kSame || std::is_move_constructible_v<T>,
                    "the value of a Task<> is moved: it has no member that cannot be, as a "
                    "std::mutex or a std::atomic");
      static_assert(kSame || std::is_constructible_v<Stored, U>,
                    "co_return gives what the Task<> is of; what a handler's parameter holds is "
                    "behind a star: co_return *item");
      new (&value_) Stored(std::forward<U>(value));
    }
    kind_ = Kind::kValue;
  }
  void set_exception(std::exception_ptr exception, bool cancelled) noexcept {
    exception_ = std::move(exception);
    kind_ = cancelled ? Kind::kCancelled : Kind::kException;
  }
  bool has_value() const noexcept { return kind_ == Kind::kValue; }
  /// The coroutine has ended: without a value where its end was reached without `co_return`.
  void end() noexcept {
    if (kind_ == Kind::kNone) [[unlikely]]
      set_exception(missing_co_return(), false);
  }
  bool cancelled() const noexcept { return kind_ == Kind::kCancelled; }
  const std::exception_ptr& exception() const noexcept { return exception_; }

  /// Where the value lies; only where there is one.
  std::remove_reference_t<T>& peek() noexcept {
    if constexpr (std::is_reference_v<T>)
      return *value_;
    else
      return value_;
  }
  /// The value, moved out; or throws what the coroutine threw.
  T take() {
    if (kind_ != Kind::kValue) std::rethrow_exception(exception_);
    if constexpr (std::is_reference_v<T>)
      return static_cast<T>(*value_);
    else
      return std::move(value_);
  }

 private:
  using Stored =
      std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<std::remove_reference_t<T>>, T>;
  static_assert(check_alignment<Stored>());
  enum class Kind : unsigned char { kNone, kValue, kException, kCancelled };
  union {
    Stored value_;
  };
  std::exception_ptr exception_;
  Kind kind_ = Kind::kNone;
};

template <>
class Outcome<void> {
 public:
  void set_value() noexcept { done_ = true; }
  void set_exception(std::exception_ptr exception, bool cancelled) noexcept {
    exception_ = std::move(exception);
    cancelled_ = cancelled;
  }
  bool has_value() const noexcept { return done_; }
  bool cancelled() const noexcept { return cancelled_; }
  const std::exception_ptr& exception() const noexcept { return exception_; }
  void take() const {
    if (!done_) std::rethrow_exception(exception_);
  }

 private:
  std::exception_ptr exception_;
  bool done_ = false;
  bool cancelled_ = false;
};

}  // namespace capricorn
