// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "async_generator_frame.hpp"
#include "task.hpp"

namespace capricorn {

namespace detail {

/// What an `AsyncGenerator<>` yields: `co_yield {};`.
struct Nothing {};

}  // namespace detail

template <class T>
class AsyncGeneratorStep;
template <class T>
class AsyncGeneratorPromise;

/// A coroutine that gives values as it goes, and may await in between:
/// `while (auto item = co_await numbers.next()) use(*item);`
///
/// It is lazy, and runs within the task that awaits; the loop's thread only. One await at a time:
/// another throws RuntimeError. Dropped before its end it passes to its loop, which closes it, so
/// that what stands behind its co_yield is cleaned up, awaits and all; where the loop is closed its
/// frame is destroyed. It may be moved, and even dropped, while it runs.
/// https://peps.python.org/pep-0525/
template <class T = detail::Nothing>
class [[nodiscard]] CAPRICORN_CORO_RETURN AsyncGenerator {
  static_assert(!std::is_reference_v<T> && !std::is_void_v<T>,
                "an AsyncGenerator yields values: yield a pointer in place of a reference");
  using Kind = AsyncGeneratorAwaiter::Kind;

 public:
  using promise_type = AsyncGeneratorPromise<T>;

  /// The next value; nothing after the last, for ever after. What the coroutine throws is thrown
  /// here, and is its end. These three are awaited before the generator is moved.
  AsyncGeneratorStep<T> next() noexcept { return {frame_, Kind::kNext, {}}; }
  /// Throws `exception` at its co_yield, then as `next`. Not begun, it ends, and that is thrown.
  AsyncGeneratorStep<T> athrow(std::exception_ptr exception) noexcept {
    return {frame_, Kind::kThrow, std::move(exception)};
  }
  /// Throws GeneratorExit at its co_yield and waits for the end. Idempotent. Throws what else the
  /// coroutine throws, and RuntimeError where it yields all the same.
  AsyncGeneratorClose aclose() noexcept { return AsyncGeneratorClose(frame_); }

 private:
  friend promise_type;
  explicit AsyncGenerator(promise_type* promise) noexcept : frame_(promise) {}
  AsyncGeneratorFrame frame_;
};

/// What `next` and `athrow` return.
template <class T>
class [[nodiscard]] AsyncGeneratorStep {
  using Kind = AsyncGeneratorAwaiter::Kind;

 public:
  AsyncGeneratorStep(AsyncGeneratorFrame& generator, Kind kind, std::exception_ptr thrown) noexcept
      : generator_(&generator), kind_(kind), thrown_(std::move(thrown)) {}

  class Awaiter final : public AsyncGeneratorAwaiter {
   public:
    using AsyncGeneratorAwaiter::AsyncGeneratorAwaiter;
    std::optional<T> await_resume() {
      if (!yielded()) return std::nullopt;
      std::optional<T> item = static_cast<AsyncGeneratorPromise<T>*>(core())->take();
      leave();
      return item;
    }
  };
  Awaiter operator co_await() && { return Awaiter(*generator_, kind_, std::move(thrown_)); }

 private:
  AsyncGeneratorFrame* generator_;
  Kind kind_;
  std::exception_ptr thrown_;
};

template <class T>
class AsyncGeneratorPromise final : public AsyncGeneratorCore {
 public:
  AsyncGeneratorPromise() noexcept
      : AsyncGeneratorCore(std::coroutine_handle<AsyncGeneratorPromise>::from_promise(*this)) {}
  AsyncGenerator<T> get_return_object() noexcept { return AsyncGenerator<T>(this); }

  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  Yield yield_value(U&& value) {
    item_.emplace(std::forward<U>(value));
    return Yield{*this};
  }
  std::optional<T> take() { return std::exchange(item_, std::nullopt); }

 private:
  std::optional<T> item_;
};

}  // namespace capricorn
