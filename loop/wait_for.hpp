// SPDX-License-Identifier: MIT
#pragma once

#include "timeout.hpp"
#include "wait.hpp"

namespace capricorn {

namespace detail {

template <class A>
auto future_of(A awaitable) {
  if constexpr (Begun<A>)  // it may be there already
    return create_task(as_task(std::move(awaitable)), {.eager_start = true});
  else
    return ensure_future(std::move(awaitable));
}

/// Without time: what is not done already is cancelled; a coroutine's body never runs.
template <class A>
Task<AwaitResult<A>> wait_for_nothing(A awaitable) {
  auto future = future_of(std::move(awaitable));
  if (!future.done()) {
    future.cancel();
    co_await WaitWaiter({&future.core()}, {});
    if (future.cancelled()) throw TimeoutError();
  }
  co_return co_await std::move(future);
}

}  // namespace detail

/// Awaits with a deadline, none where `limit` is empty: then the awaited is cancelled, and
/// TimeoutError is thrown once it has cleaned up.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for
template <class A>
Task<AwaitResult<A>> wait_for(A awaitable, std::optional<Delay> limit) {
  if (!limit) co_return co_await std::move(awaitable);
  if (Duration(*limit) <= Duration::zero()) {
    co_return co_await detail::wait_for_nothing(std::move(awaitable));
  }
  co_return co_await timeout(
      *limit, [&](Timeout&) -> Task<AwaitResult<A>> { co_return co_await std::move(awaitable); });
}

}  // namespace capricorn
