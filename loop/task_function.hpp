// SPDX-License-Identifier: MIT
#pragma once

/// A std::function that gives a Task. clang refuses functions that return one and are neither
/// coroutines nor marked, which std::function's own are not: hence a specialisation.

#if defined(__clang__)

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "task.hpp"

namespace capricorn::detail {

/// A Task on its way through the standard library.
template <class T>
struct CarriedTask {
  Task<T> task;
};

template <class F, class T, class... A>
struct TaskCall {
  F function;
  CarriedTask<T> operator()(A... arguments) { return {function(std::forward<A>(arguments)...)}; }
};

template <class F, class T, class... A>
concept GivesTask = std::copy_constructible<F> && requires(F& function, A... arguments) {
  { function(std::forward<A>(arguments)...) } -> std::same_as<Task<T>>;
};

}  // namespace capricorn::detail

namespace std {

template <class T, class... A>
class function<capricorn::Task<T>(A...)> {
  using Carried = capricorn::detail::CarriedTask<T>;
  template <class F>
  using Call = capricorn::detail::TaskCall<F, T, A...>;

 public:
  using result_type = capricorn::Task<T>;

  function() noexcept = default;
  function(nullptr_t) noexcept {}  // NOLINT: as the standard has it
  template <class F>
    requires(!same_as<decay_t<F>, function> && capricorn::detail::GivesTask<decay_t<F>, T, A...>)
  function(F&& target) {  // NOLINT: as the standard has it
    if constexpr (requires { target == nullptr; }) {
      if (target == nullptr) return;
    }
    call_ = Call<decay_t<F>>{std::forward<F>(target)};
    type_ = &typeid(decay_t<F>);
  }
  function& operator=(nullptr_t) noexcept {
    function().swap(*this);
    return *this;
  }

  /// Throws std::bad_function_call where it is empty.
  CAPRICORN_CORO_WRAPPER capricorn::Task<T> operator()(A... arguments) const {
    return call_(std::forward<A>(arguments)...).task;
  }
  explicit operator bool() const noexcept { return bool(call_); }
  friend bool operator==(const function& f, nullptr_t) noexcept { return !f; }

  void swap(function& other) noexcept {
    call_.swap(other.call_);
    std::swap(type_, other.type_);
  }
  friend void swap(function& a, function& b) noexcept { a.swap(b); }
  const type_info& target_type() const noexcept { return *type_; }
  template <class F>
  F* target() noexcept {
    auto* const call = call_.template target<Call<F>>();
    return call ? &call->function : nullptr;
  }
  template <class F>
  const F* target() const noexcept {
    return const_cast<function*>(this)->template target<F>();
  }

 private:
  std::function<Carried(A...)> call_;
  const type_info* type_ = &typeid(void);
};

}  // namespace std

#endif
