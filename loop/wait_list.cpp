// SPDX-License-Identifier: MIT
#include "wait_list.hpp"

#include "errors.hpp"

namespace capricorn {

void ListWaiter::join(WaitList& list) noexcept { list.waiting_.push_back(*this); }

void ListWaiter::check_not_orphaned() const {
  if (orphaned()) throw RuntimeError("what the task waited for was destroyed");
}

bool WaitList::wake_next() noexcept {
  while (!waiting_.empty()) {
    ListWaiter& waiter = waiting_.pop_front();
    if (waiter.cancelled_) {
      passed_over_.push_back(waiter);
      continue;
    }
    woken_.push_back(waiter);
    waiter.finish();
    return true;
  }
  return false;
}

void WaitList::wake_head() noexcept {
  if (!woken_.empty() || waiting_.empty()) return;
  if (!waiting_.front().cancelled_) wake_next();
}

void WaitList::wake_all() noexcept {
  while (wake_next()) {
  }
}

bool WaitList::anyone_waits() const noexcept {
  // Each that was cancelled is looked at once: all of very many may be, and leave one by one.
  while (!waiting_.empty() && waiting_.front().cancelled_) {
    passed_over_.push_back(waiting_.pop_front());
  }
  return !waiting_.empty();
}

}  // namespace capricorn
