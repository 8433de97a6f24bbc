// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "loop.hpp"
#include "wait_list.hpp"

namespace capricorn {

/// A token bucket: `burst` slots at once, then one each 1/rate seconds, first come, first served. A
/// bucket left alone fills up again to `burst`. The time is its loop's.
class RateLimiter final : TimerNode {
 public:
  struct Slot;
  class AcquireAwaiter;
  class ScopedAwaiter;

  /// `rate` slots a second; `burst` is the rate, at least one. Throws std::invalid_argument where
  /// the rate is not positive or the burst is less than one.
  explicit RateLimiter(double rate);
  RateLimiter(double rate, double burst);
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;
  ~RateLimiter();

  /// `co_await limiter.acquire()`. Cancelled, it has used no slot.
  AcquireAwaiter acquire() noexcept;
  /// `auto slot = co_await limiter.scoped()`: the same.
  ScopedAwaiter scoped() noexcept;

 private:
  void run() override { serve(); }
  std::string description() const override { return "RateLimiter"; }
  bool try_take();
  /// Gives out the slots that are due, and sets the timer for the next one that somebody awaits.
  void serve();
  void set_timer();
  void stop_timer() noexcept;
  TimePoint next_slot() const noexcept { return full_at_ - allowance_; }
  bool take_if_due(TimePoint now) noexcept;
  void put_back() noexcept { full_at_ -= interval_; }

  WaitList waiters_;
  Loop* loop_ = nullptr;
  Duration interval_;   // between slots
  Duration allowance_;  // how long before the bucket is full there is a slot in it
  TimePoint full_at_{};
};

/// A name for the scope that has a slot; nothing is given back when it goes.
struct [[maybe_unused]] RateLimiter::Slot {};

class [[nodiscard]] RateLimiter::AcquireAwaiter : public ListWaiter {
 public:
  explicit AcquireAwaiter(RateLimiter& limiter) noexcept : limiter_(&limiter) {}
  AcquireAwaiter(AcquireAwaiter&&) noexcept = default;
  ~AcquireAwaiter() { leave(false); }

  bool await_ready() { return limiter_->try_take(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    limiter_->set_timer();  // first: there may be no memory for it
    stand_in(limiter_->waiters_, self);
  }
  void await_resume();

 private:
  void leave(bool acquired) noexcept;
  RateLimiter* limiter_;
};

class [[nodiscard]] RateLimiter::ScopedAwaiter final : public AcquireAwaiter {
 public:
  using AcquireAwaiter::AcquireAwaiter;
  Slot await_resume() {
    AcquireAwaiter::await_resume();
    return Slot();
  }
};

inline RateLimiter::AcquireAwaiter RateLimiter::acquire() noexcept { return AcquireAwaiter(*this); }
inline RateLimiter::ScopedAwaiter RateLimiter::scoped() noexcept { return ScopedAwaiter(*this); }

}  // namespace capricorn
