// SPDX-License-Identifier: MIT
#include "gather.hpp"

namespace capricorn {

void Gathering::listen(std::span<Child> children) {
  // Before anything is listened to: another loop's are another thread's.
  const Loop* running = has_running_loop() ? &get_running_loop() : nullptr;
  for (const Child& child : children) {
    check_loop(*child.future_, running ? *running : children[0].future_->loop());
  }
  children_ = children;
  pending_ = children.size();
  over_ = pending_ == 0;
  for (Child& child : children) {
    if (child.future_->done())
      count(*child.future_);
    else
      child.future_->add_subscriber(child);
  }
}

void Gathering::count(FutureCore& child) noexcept {
  --pending_;
  if (over_) return;
  if (!failed_ && !returns_exceptions_ && (child.cancelled() || child.failed())) failed_ = &child;
  over_ = pending_ == 0 || (failed_ && !cancel_requested_);
}

void Gathering::child_done(FutureCore& child) {
  const bool over_before = over_;
  count(child);
  if (over_ && !over_before && waiter_) waiter_->wake();
}

TaskCore* Gathering::Child::for_task() noexcept {
  return gathering_->waiter_ ? gathering_->waiter_->task() : nullptr;
}

bool GatherWaiter::await_ready() noexcept {
  // Also of those that fail when the first failure has been thrown.
  for (const Gathering::Child& child : gathering_.children_) child.future_->mark_observed();
  return gathering_.over_;
}

bool GatherWaiter::cancel(const std::string& message) {
  if (gathering_.over_) return false;
  bool any = false;
  for (const Gathering::Child& child : gathering_.children_) any |= child.future_->cancel(message);
  if (any && !std::exchange(gathering_.cancel_requested_, true)) gathering_.message_ = message;
  return any;
}

void GatherWaiter::check() {
  if (gathering_.cancel_requested_) {
    cancellation_delivered();
    throw CancelledError(std::move(gathering_.message_));
  }
  throw_if_cancelled();
  if (gathering_.failed_) gathering_.failed_->check_result();
}

}  // namespace capricorn
