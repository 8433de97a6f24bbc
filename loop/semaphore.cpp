// SPDX-License-Identifier: MIT
#include "semaphore.hpp"

#include <stdexcept>

namespace capricorn {

Semaphore::Semaphore(int value, int bound) : value_(value), bound_(bound) {
  if (value < 0) throw std::invalid_argument("Semaphore initial value must be >= 0");
}

void Semaphore::AcquireAwaiter::await_resume() {
  leave_list([this](bool acquired) { leave(acquired); });
}

void Semaphore::AcquireAwaiter::leave(bool acquired) noexcept {
  if (!linked()) return;
  unlink();
  // Who woke us decremented for us. Some may have come meanwhile, and waited for us to go first.
  if (woken() && !acquired) ++semaphore_->value_;
  while (semaphore_->value_ > 0 && semaphore_->wake_next()) {
  }
}

void Semaphore::release() {
  if (value_ >= bound_) {
    throw std::invalid_argument("BoundedSemaphore released too many times");
  }
  ++value_;
  wake_next();
}

/// For guards: where someone released too often before, there is nothing to put back.
void Semaphore::put_back() noexcept {
  if (value_ >= bound_) return;
  ++value_;
  wake_next();
}

bool Semaphore::wake_next() noexcept {
  if (!waiters_.wake_next()) return false;
  --value_;
  return true;
}

}  // namespace capricorn
