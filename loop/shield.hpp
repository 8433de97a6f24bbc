// SPDX-License-Identifier: MIT
#pragma once

#include "ensure_future.hpp"

namespace capricorn {

/// Waits for a future without passing its own cancellation on.
class ShieldWaiter : public SimpleWaiter, public FutureCore::Subscriber {
 public:
  explicit ShieldWaiter(FutureCore& inner) noexcept : inner_(inner) {}

  bool await_ready() const noexcept { return inner_.done(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    check_loop(inner_, *self.promise().task());
    park(*self.promise().task(), self);
    inner_.add_subscriber(*this);
  }

 protected:
  ~ShieldWaiter() = default;
  void run() override { finish(); }
  TaskCore* for_task() noexcept override { return task(); }
  void give_up() noexcept override;

 private:
  FutureCore& inner_;
};

/// Awaits `awaitable` so that cancelling the awaiting task leaves it running. An exception that it
/// then throws is told to the loop's exception handler. Throws RuntimeError where it is awaited in
/// another loop than the future's.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.shield
template <class A>
auto shield(A awaitable) {
  using H = decltype(ensure_future(std::move(awaitable)));
  struct Awaiter final : ShieldWaiter {
    explicit Awaiter(H handle) : ShieldWaiter(handle.core()), held(std::move(handle)) {}
    auto await_resume() {
      check_cancelled();
      if constexpr (std::is_void_v<typename H::Result>)
        held.result();
      else
        return detail::take_value<A>(held);
    }
    H held;
  };
  struct [[nodiscard]] Shield {
    using Begun [[maybe_unused]] = void;  // g++ warns of it in a class within a function
    H handle;
    Awaiter operator co_await() && { return Awaiter(std::move(handle)); }
  };
  return Shield{ensure_future(std::move(awaitable))};
}

}  // namespace capricorn
