// SPDX-License-Identifier: MIT
#include "gather.hpp"

namespace capricorn {

bool GatherWaiter::await_ready() noexcept {
  bool all_done = true;
  for (const Child& child : children_) {
    FutureCore& future = *child.future_;
    future.mark_observed();  // also of what fails when the first failure has been thrown
    if (!future.done())
      all_done = false;
    else if (!failed_ && !returns_exceptions_ && (future.cancelled() || future.failed()))
      failed_ = &future;
  }
  return all_done || failed_;
}

void GatherWaiter::subscribe() {
  pending_ = children_.size();
  for (Child& child : children_) child.future_->add_subscriber(child);
}

void GatherWaiter::child_done(FutureCore& child) {
  --pending_;
  if (woken_) return;
  if (!failed_ && !returns_exceptions_ && (child.cancelled() || child.failed())) failed_ = &child;
  const bool over = pending_ == 0 || (failed_ && !cancel_requested_);
  if (!over) return;
  woken_ = true;
  wake();
}

bool GatherWaiter::cancel(const std::string& message) {
  if (woken_) return false;
  bool any = false;
  for (Child& child : children_) any |= child.future_->cancel(message);
  if (any && !std::exchange(cancel_requested_, true)) message_ = message;
  return any;
}

void GatherWaiter::check() {
  if (cancel_requested_) {
    cancellation_delivered();
    throw CancelledError(std::move(message_));
  }
  throw_if_cancelled();
  if (failed_) failed_->check_result();
}

}  // namespace capricorn
