// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "task_handle.hpp"

namespace capricorn {

namespace detail {

template <class T>
inline constexpr bool is_coroutine = false;
template <class T>
inline constexpr bool is_coroutine<Task<T>> = true;
template <class T>
inline constexpr bool is_future = false;
template <class T>
inline constexpr bool is_future<TaskHandle<T>> = true;
template <class T>
inline constexpr bool is_future<Future<T>> = true;

/// What goes on from the call, and not only when it is awaited: gather, shield, run_in_executor.
template <class A>
concept Begun = requires { typename A::Begun; };

template <class A>
decltype(auto) awaiter_of(A&& awaitable) {
  if constexpr (requires { std::forward<A>(awaitable).operator co_await(); })
    return std::forward<A>(awaitable).operator co_await();
  else
    return (std::forward<A>(awaitable));
}

}  // namespace detail

/// What an await of `A` gives.
template <class A>
using AwaitResult =
    std::remove_cvref_t<decltype(detail::awaiter_of(std::declval<A>()).await_resume())>;

/// What is scheduled already: a TaskHandle or a Future.
template <class H>
concept FutureLike = detail::is_future<H>;

/// A value in a tuple or a vector; a coroutine without a value has std::monostate.
template <class T>
using NonVoid = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// A coroutine around anything that can be awaited.
template <class A>
  requires(!detail::is_coroutine<A>)
Task<AwaitResult<A>> as_task(A awaitable) {
  co_return co_await std::move(awaitable);
}
template <class T>
CAPRICORN_CORO_WRAPPER Task<T> as_task(Task<T> task) {
  return task;
}

/// Any other awaitable as a task: `create_task(event.wait())`.
template <Awaitable A>
  requires(!detail::is_coroutine<A>)
TaskHandle<AwaitResult<A>> create_task(
    A awaitable, TaskOptions options = {},
    std::source_location where = std::source_location::current()) {
  return create_task(as_task(std::move(awaitable)), std::move(options), where);
}

/// A coroutine, or anything else that can be awaited, becomes a task; a handle stays as it is.
/// https://docs.python.org/3/library/asyncio-future.html#asyncio.ensure_future
template <class T>
TaskHandle<T> ensure_future(Task<T> task) {
  const std::source_location made_at = task.made_at();
  return create_task(std::move(task), {}, made_at);
}
template <FutureLike H>
H ensure_future(H handle) {
  return handle;
}
template <class A>
  requires(!FutureLike<A> && !detail::is_coroutine<A>)
TaskHandle<AwaitResult<A>> ensure_future(A awaitable) {
  return create_task(as_task(std::move(awaitable)));
}

namespace detail {

/// Each once.
template <FutureLike H>
void drop_duplicates(std::vector<H>& futures) {
  std::unordered_set<const FutureCore*> seen;
  std::erase_if(futures, [&seen](const H& each) { return !seen.insert(&each.core()).second; });
}

/// The value of something that is done: moved out of a task that nobody else can see, else copied.
template <class A, class T>
NonVoid<T> take_value(TaskHandle<T>& handle) {
  if constexpr (std::is_void_v<T>) {
    handle.result();
    return {};
  } else if constexpr (FutureLike<A> && std::is_copy_constructible_v<T>) {
    return handle.result();
  } else {
    return handle.cell().take();
  }
}
template <class A, class T>
NonVoid<T> take_value(Future<T>& future) {
  if constexpr (std::is_void_v<T>) {
    future.result();
    return {};
  } else if constexpr (std::is_copy_constructible_v<T>) {
    return future.result();
  } else {
    return std::move(future.result());
  }
}

}  // namespace detail

}  // namespace capricorn
