// SPDX-License-Identifier: MIT
#include "task_handle.hpp"

namespace capricorn {

void Waiter::park(TaskCore& task, std::coroutine_handle<> self) noexcept {
  task_ = &task;
  task.park(*this, self);
}
void Waiter::wake() noexcept { task_->wake(); }
void Waiter::step() noexcept { task_->step(); }
void Waiter::throw_if_cancelled() {
  if (task_) task_->throw_if_cancelled();
}

TaskCore::TaskCore(Loop& loop, std::coroutine_handle<> root, std::string name)
    : FutureCore(loop),
      root_(root),
      resume_point_(root),
      number_(loop.next_task_number()),
      name_(std::move(name)) {
  loop.tasks().push_back(*this);
}

std::string TaskCore::name() const {
  return name_.empty() ? "Task-" + std::to_string(number_) : name_;
}

void TaskCore::start(bool eager) {
  if (eager)
    step();
  else
    wake();
}

bool TaskCore::cancel(std::string message) {
  if (done()) return false;
  ++cancel_requests_;
  if (waiting_on_ && waiting_on_->cancel(message)) {
    cancel_message_ = std::move(message);
    return true;
  }
  must_cancel_ = true;
  cancel_message_ = std::move(message);
  return true;
}

int TaskCore::uncancel() noexcept {
  if (cancel_requests_ > 0 && --cancel_requests_ == 0) must_cancel_ = false;
  return cancel_requests_;
}

void TaskCore::throw_if_cancelled() {
  if (!must_cancel_) return;
  must_cancel_ = false;
  throw CancelledError(cancel_message_);
}

void TaskCore::step() noexcept {
  add_reference();  // it may end here, and the loop's reference with it
  TaskCore* outer = loop_->current_task_;
  loop_->current_task_ = this;
  waiting_on_ = nullptr;
  if (!started_ && must_cancel_) {  // its body never runs
    destroy_frame();
    end_cancelled();
    finish_step();
  } else {
    started_ = true;
    std::exchange(resume_point_, nullptr).resume();
    if (root_.done()) {
      try {
        if (must_cancel_)
          end_cancelled();
        else
          collect();
      } catch (const std::exception&) {  // the result's move constructor threw
        finish(State::kFinished, std::current_exception());
      }
      destroy_frame();
      finish_step();
    }
  }
  loop_->current_task_ = outer;
  drop_reference();
}

void TaskCore::end_cancelled() { finish(State::kCancelled); }

void TaskCore::finish_step() noexcept {
  static_cast<TaskListNode&>(*this).unlink();
  drop_reference();
}

void TaskCore::abandon() noexcept {
  static_cast<TaskListNode&>(*this).unlink();
  static_cast<Runnable&>(*this).unlink();
  destroy_frame();
  drop_reference();
}

}  // namespace capricorn
