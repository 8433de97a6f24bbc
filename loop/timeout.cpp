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
  if (state_ != State::kEntered) {
    throw RuntimeError(std::string("Cannot change state of ") + name_of(state_) + " Timeout");
  }
  when_ = when;
  Loop& loop = task_->loop();
  loop.cancel_timer(*this);
  if (!when) return;
  if (*when <= loop.time())
    loop.schedule(*this);  // at the task's next suspension, however short
  else
    loop.schedule_at(*this, *when);
}

const char* Timeout::name_of(State state) noexcept {
  switch (state) {
    case State::kEntered: return "active";
    case State::kExpiring: return "expiring";
    case State::kExpired: return "expired";
    case State::kExited: return "finished";
  }
  return "";
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
