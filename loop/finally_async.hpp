// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "ensure_future.hpp"

namespace capricorn {

/// Awaits `body()` and then, however it ended, `cleanup()`: what `try … finally` is in Python, as
/// C++ has no co_await in a catch block. What the clean-up throws wins.
template <class Body, class Cleanup>
auto finally_async(Body body, Cleanup cleanup) -> std::invoke_result_t<Body&> {
  using T = typename std::invoke_result_t<Body&>::Result;
  std::exception_ptr failure;
  std::optional<NonVoid<T>> value;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await body();
    } else {
      value.emplace(co_await body());
    }
  } catch (...) {  // thrown again below
    failure = std::current_exception();
  }
  co_await cleanup();
  if (failure) std::rethrow_exception(failure);
  if constexpr (!std::is_void_v<T>) co_return std::move(*value);
}

}  // namespace capricorn
