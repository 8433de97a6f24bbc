// SPDX-License-Identifier: MIT
#include "gather.hpp"

namespace capricorn {

std::string GatherWaiter::description() const { return task()->description(); }

void GatherWaiter::subscribe() {
  pending_ = children_.size();
  for (Child& child : children_) child.future_->add_subscriber(child);
}

void GatherWaiter::child_done(FutureCore& child) {
  --pending_;
  child.mark_observed();
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
  if (any) {
    cancel_requested_ = true;
    message_ = message;
  }
  return any;
}

void GatherWaiter::check() {
  throw_if_cancelled();
  if (cancel_requested_) throw CancelledError(std::move(message_));
  if (failed_) failed_->check_result();
}

}  // namespace capricorn
