// SPDX-License-Identifier: MIT
#include "timeout.hpp"

namespace capricorn {

Timeout::Timeout(std::optional<TimePoint> when) : task_(get_running_loop().current_task()) {
  if (!task_) throw RuntimeError("Timeout should be used inside a task");
  cancelling_at_entry_ = task_->cancelling();
  reschedule(when);
}

Timeout::~Timeout() { task_->loop().cancel_timer(*this); }

void Timeout::reschedule(std::optional<TimePoint> when) {
  if (state_ != State::kEntered) throw RuntimeError("Cannot change state of finished Timeout");
  when_ = when;
  task_->loop().cancel_timer(*this);
  if (when) task_->loop().schedule_at(*this, *when);
}

void Timeout::run() {
  state_ = State::kExpiring;
  task_->cancel({});
}

bool Timeout::exit(bool cancelled_error) {
  task_->loop().cancel_timer(*this);
  if (state_ != State::kExpiring) {
    state_ = State::kExited;
    return false;
  }
  state_ = State::kExpired;
  // A cancellation from outside at the same time wins.
  return task_->uncancel() <= cancelling_at_entry_ && cancelled_error;
}

}  // namespace capricorn
