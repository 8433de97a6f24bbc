// SPDX-License-Identifier: MIT
#include "sleep.hpp"

namespace capricorn {

void SleepAwaiter::arm() {
  loop_ = &task()->loop();
  if (delay_ > Duration::zero()) {
    loop_->schedule_at(*this, loop_->time() + delay_);
  } else {
    woken_ = true;
    wake();
  }
}

void SleepAwaiter::run() {
  woken_ = true;
  wake();
}

bool SleepAwaiter::cancel(const std::string& message) {
  if (woken_) return false;
  loop_->cancel_timer(*this);
  cancelled_ = woken_ = true;
  message_ = message;
  wake();
  return true;
}

void SleepAwaiter::await_resume() {
  throw_if_cancelled();
  if (cancelled_) throw CancelledError(std::move(message_));
}

}  // namespace capricorn
