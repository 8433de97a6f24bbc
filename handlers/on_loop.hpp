// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>

#include "pattern.hpp"

namespace capricorn {

namespace detail {
template <class R>
inline constexpr bool returns_coroutine = requires { typename R::promise_type; };
}  // namespace detail

/// What `on_loop` gives: the same function, which runs on the loop.
template <class F>
struct OnLoop {
  static_assert(bool(detail::Handler<F>),
                "on_loop() takes a function or an object with one operator() that is no template");
  static_assert(!detail::returns_coroutine<typename detail::Signature<F>::Result>,
                "on_loop() is for plain functions: a coroutine runs on the loop anyway");
  static constexpr bool kOnLoop = true;
  F function;

  template <class... A>
  decltype(auto) operator()(A&&... arguments) {
    return function(std::forward<A>(arguments)...);
  }
  template <class... A>
  decltype(auto) operator()(A&&... arguments) const {
    return function(std::forward<A>(arguments)...);
  }
};

/// A plain function, handler or dependency, that is so cheap that the way to the pool and back
/// would cost more than it: `app.get("/", on_loop([] { return 1; }))`, `Depends<on_loop(parse)>`.
/// While it runs nothing else does. A class says the same by `static constexpr bool kOnLoop =
/// true`.
template <class F>
constexpr OnLoop<std::decay_t<F>> on_loop(F&& function) {
  return {std::forward<F>(function)};
}

namespace detail {

template <class F>
struct Signature<OnLoop<F>> : Signature<F> {};
template <class F>
inline constexpr bool is_handler<OnLoop<F>> = is_handler<F>;

template <class F>
inline constexpr bool runs_on_loop = requires { requires F::kOnLoop; };

}  // namespace detail

}  // namespace capricorn
