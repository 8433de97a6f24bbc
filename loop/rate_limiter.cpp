// SPDX-License-Identifier: MIT
#include "rate_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace capricorn {
namespace {

/// Rounded up, so that the rate is never exceeded.
Duration nanoseconds(double count) {
  constexpr double kMost = 1e18;
  return Duration(static_cast<Duration::rep>(count < kMost ? std::ceil(count) : kMost));
}

}  // namespace

RateLimiter::RateLimiter(double rate) : RateLimiter(rate, std::max(rate, 1.0)) {}

RateLimiter::RateLimiter(double rate, double burst) {
  if (!(rate > 0)) throw std::invalid_argument("RateLimiter rate must be > 0");
  if (!(burst >= 1)) throw std::invalid_argument("RateLimiter burst must be >= 1");
  interval_ = nanoseconds(1e9 / rate);
  allowance_ = nanoseconds((burst - 1) * static_cast<double>(interval_.count()));
}

RateLimiter::~RateLimiter() { stop_timer(); }

bool RateLimiter::try_take() {
  loop_ = &get_running_loop();
  if (waiters_.anyone_comes() || waiters_.anyone_waits()) return false;
  return take_if_due(loop_->time());
}

bool RateLimiter::take_if_due(TimePoint now) noexcept {
  if (now < next_slot()) return false;
  full_at_ = std::max(full_at_, now) + interval_;
  return true;
}

void RateLimiter::serve() {
  const TimePoint now = loop_->time();
  while (waiters_.anyone_waits()) {
    if (!take_if_due(now)) return set_timer();
    waiters_.wake_next();
  }
}

void RateLimiter::set_timer() {
  if (!scheduled() && !linked()) loop_->schedule_at(*this, next_slot());
}

void RateLimiter::stop_timer() noexcept {
  // A loop that has been closed holds no timers, and may be gone.
  if (scheduled() || linked()) loop_->cancel_timer(*this);
}

void RateLimiter::AcquireAwaiter::await_resume() {
  leave_list([this](bool acquired) { leave(acquired); });
}

void RateLimiter::AcquireAwaiter::leave(bool acquired) noexcept {
  if (!linked()) return;
  unlink();
  if (acquired) return;
  if (woken()) limiter_->put_back();
  limiter_->stop_timer();
  limiter_->serve();
}

}  // namespace capricorn
