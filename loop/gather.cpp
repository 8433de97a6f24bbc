// SPDX-License-Identifier: MIT
#include "gather.hpp"

namespace capricorn {

GatherWaiter::GatherWaiter(std::vector<TaskCore*> children) : children_(std::move(children)) {
  for (TaskCore* child : children_) child->add_reference();
}

GatherWaiter::~GatherWaiter() {
  subscribers_.reset();
  for (TaskCore* child : children_) {
    child->mark_observed();
    child->drop_reference();
  }
}

void GatherWaiter::subscribe() {
  subscribers_ = std::make_unique<Child[]>(children_.size());
  pending_ = children_.size();
  for (std::size_t i = 0; i < children_.size(); ++i) {
    subscribers_[i].gather = this;
    subscribers_[i].task = children_[i];
    children_[i]->add_subscriber(subscribers_[i]);
  }
}

void GatherWaiter::child_done(TaskCore& child) {
  --pending_;
  if (woken_) return;
  if (!failed_ && (child.cancelled() || child.exception())) failed_ = &child;
  const bool over = pending_ == 0 || (failed_ && !cancel_requested_);
  if (!over) return;
  woken_ = true;
  wake();
}

bool GatherWaiter::cancel(const std::string& message) {
  if (woken_) return false;
  cancel_requested_ = true;
  message_ = message;
  bool any = false;
  for (TaskCore* child : children_) any |= child->cancel(message);
  return any;
}

void GatherWaiter::await_resume() {
  throw_if_cancelled();
  if (cancel_requested_) throw CancelledError(std::move(message_));
  if (failed_) failed_->check_result();
}

}  // namespace capricorn
