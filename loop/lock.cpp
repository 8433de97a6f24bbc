// SPDX-License-Identifier: MIT
#include "lock.hpp"

#include "errors.hpp"

namespace capricorn {

void Lock::AcquireAwaiter::await_resume() {
  leave_list([this](bool acquired) {
    if (acquired) lock_->take();
    leave();
  });
}

void Lock::AcquireAwaiter::leave() noexcept {
  if (!linked()) return;
  unlink();
  if (!lock_->locked()) lock_->waiters_.wake_head();
}

void Lock::release() {
  if (!locked()) throw RuntimeError("Lock is not acquired.");
  holding_ = 0;
  waiters_.wake_head();
}

}  // namespace capricorn
