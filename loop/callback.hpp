// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <new>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "frame_pool.hpp"

namespace capricorn {

template <class T>
concept AwaitableResult =
    requires(T& t) { t.await_ready(); } || requires(T&& t) { std::move(t).operator co_await(); };

/// Stops with a sentence where `Fn` cannot be a callback.
template <class Fn>
consteval bool check_callback() {
  static_assert(!AwaitableResult<Fn>,
                "coroutines cannot be used with call_soon(): use create_task()");
  static_assert(AwaitableResult<Fn> || std::is_invocable_v<Fn&>,
                "a callback is called without arguments");
  static_assert(check_alignment<Fn>());
  if constexpr (std::is_invocable_v<Fn&>) {
    static_assert(!AwaitableResult<std::invoke_result_t<Fn&>>,
                  "coroutines cannot be used with call_soon(): use create_task()");
  }
  return std::is_invocable_v<Fn&>;
}

/// A move-only `void()`; up to four pointers of captures lie inside, more in the frame pool.
class Callback {
 public:
  Callback() noexcept = default;

  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Callback>)
  Callback(F&& f, std::source_location where = std::source_location::current())
      : where_(where) {  // NOLINT: any callable converts, as with asyncio's call_soon
    using Fn = std::decay_t<F>;
    if constexpr (check_callback<Fn>()) {
      if constexpr (kFits<Fn>) {
        new (storage_) Fn(std::forward<F>(f));
      } else {
        void* memory = FramePool::allocate(sizeof(Fn));
        try {
          new (memory) Fn(std::forward<F>(f));
        } catch (...) {  // passes through
          FramePool::deallocate(memory);
          throw;
        }
        *reinterpret_cast<void**>(storage_) = memory;
      }
      operations_ = &kOperations<Fn>;
    }
  }

  Callback(Callback&& other) noexcept : operations_(other.operations_), where_(other.where_) {
    take(other);
  }
  Callback& operator=(Callback&& other) noexcept {
    if (this != &other) {
      reset();
      operations_ = other.operations_;
      where_ = other.where_;
      take(other);
    }
    return *this;
  }
  ~Callback() { reset(); }

  explicit operator bool() const noexcept { return operations_ != nullptr; }
  void operator()() { operations_->call(storage_); }

  std::source_location where() const noexcept { return where_; }
  /// "<callback created at app.cpp:42>"
  std::string description() const { return describe(where_); }
  static std::string describe(std::source_location where);

  /// Drops the captures.
  void reset() noexcept {
    if (!operations_) return;
    const Operations* operations = std::exchange(operations_, nullptr);
    if (operations->destroy) operations->destroy(storage_);
  }

 private:
  struct Operations {
    void (*call)(void*);
    void (*move)(void*, void*) noexcept;  // null: the bytes
    void (*destroy)(void*) noexcept;      // null: nothing to do
  };
  void take(Callback& other) noexcept {
    if (!operations_) return;
    if (operations_->move)
      operations_->move(other.storage_, storage_);
    else
      std::memcpy(storage_, other.storage_, kInline);
    other.operations_ = nullptr;
  }
  static constexpr std::size_t kInline = 4 * sizeof(void*);
  template <class F>
  static constexpr bool kFits = sizeof(F) <= kInline && alignof(F) <= alignof(void*) &&
                                std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static constexpr bool kPlain = kFits<F> && std::is_trivially_copyable_v<F>;

  template <class F>
  static F& get(void* storage) noexcept {
    if constexpr (kFits<F>)
      return *static_cast<F*>(storage);
    else
      return **static_cast<F**>(storage);
  }
  template <class F>
  static void move_to(void* from, void* to) noexcept {
    if constexpr (kFits<F>) {
      new (to) F(std::move(get<F>(from)));
      get<F>(from).~F();
    } else {
      *static_cast<void**>(to) = *static_cast<void**>(from);
    }
  }
  template <class F>
  static void destroy(void* storage) noexcept {
    F& f = get<F>(storage);
    f.~F();
    if constexpr (!kFits<F>) FramePool::deallocate(&f);
  }

  template <class F>
  static constexpr Operations kOperations{
      [](void* storage) { static_cast<void>(get<F>(storage)()); },
      kPlain<F> ? nullptr : &move_to<F>, kPlain<F> ? nullptr : &destroy<F>};

  const Operations* operations_ = nullptr;
  std::source_location where_;
  alignas(void*) std::byte storage_[kInline];
};

}  // namespace capricorn
