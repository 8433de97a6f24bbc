// SPDX-License-Identifier: MIT
#include "task_core.hpp"

#include <new>
#include <vector>

#include "log.hpp"

namespace capricorn {

void Waiter::park(TaskCore& task, std::coroutine_handle<> self, PromiseBase& promise) noexcept {
  task_ = &task;
  task.park(*this, self, promise);
}
void Waiter::wake() noexcept {
  if (!task_->woken()) task_->wake();
}
void Waiter::step() { task_->step(); }
void Waiter::throw_if_cancelled() {
  if (task_) task_->throw_if_cancelled();
}
void Waiter::cancellation_delivered() noexcept {
  if (task_) task_->cancellation_delivered();
}

bool SimpleWaiter::cancel(const std::string& message) {
  if (finished_) return false;
  give_up();
  try {
    message_ = std::make_unique<std::string>(message);
  } catch (const std::bad_alloc&) {  // the task has one, too
    finish();
    return false;
  }
  finish();
  return true;
}

void SimpleWaiter::finish() noexcept {
  if (std::exchange(finished_, true)) return;
  wake();
}

void SimpleWaiter::throw_cancelled() {
  cancellation_delivered();
  throw CancelledError(std::move(*message_));
}

TaskCore::TaskCore(Loop& loop, std::coroutine_handle<> root, std::string&& name,
                   std::source_location where)
    : FutureCore(loop, Kind::kTask),
      root_(root),
      resume_point_(root),
      context_(Context::copy_current()),
      number_(loop.next_task_number()),
      name_(std::move(name)),
      created_at_(where) {
  loop.tasks().push_back(*this);
}

std::string TaskCore::name() const {
  return name_.empty() ? "Task-" + std::to_string(number_) : name_;
}

TaskState TaskCore::state() const noexcept {
  if (done() || !outermost()) return TaskState::kClosed;
  if (loop_->current_task() == this) return TaskState::kRunning;
  return started_ ? TaskState::kSuspended : TaskState::kCreated;
}

void TaskCore::set_name(std::string name) {
  // A signal handler that comes in between does not look.
  name_changes_.store(true, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  name_ = std::move(name);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  name_changes_.store(false, std::memory_order_relaxed);
}

void TaskCore::drop_label() noexcept {
  if (loop_->is_observed()) [[unlikely]]
    keep_title();
  label_ = nullptr;
}

/// A report may come yet; without memory it has the task's number alone.
void TaskCore::keep_title() noexcept {
  try {
    set_name(glance().title());
  } catch (const std::bad_alloc&) {
  }
}

TaskGlance TaskCore::glance() const noexcept {
  TaskGlance glance;
  if (name_changes_.load(std::memory_order_relaxed)) {
    TaskGlance::copy(glance.name, "?");
  } else if (name_.empty()) {
    TaskGlance::copy_number(glance.name, number_);
  } else {
    TaskGlance::copy(glance.name, name_);
    glance.named = true;
  }
  if (label_) TaskGlance::copy(glance.label, *label_);
  glance.created_at = created_at_;
  if (const PromiseBase* coroutine = outermost()) {
    glance.coroutine = coroutine->waits_at();
    glance.has_coroutine = true;
  }
  return glance;
}

void TaskCore::start(bool eager) {
  if (!eager || !loop_->is_running())
    wake();
  else if (loop_->is_observed())
    loop_->run_observed(*this);
  else
    step();
}

/// One cancellation on its way down, from a task to what it awaits: a chain of tasks is as long as
/// its data, so the walk goes on from the top where it came too deep. Tasks that await each other
/// in a ring are opened where it closes: that one is cancelled as if it waited for nobody.
struct CancelWalk {
  static constexpr int kDeepest = 200;
  int depth = 0;
  bool ring_closed = false;       // by the call that just returned
  std::vector<TaskCore*> later;   // too deep; none of them can end meanwhile
  std::vector<TaskCore*> marked;  // once there are such: a ring may close over them
};

bool TaskCore::cancel(std::string message) {
  if (done()) return false;
  if (being_cancelled_) {  // by the same request
    loop_->cancel_walk_->ring_closed = true;
    return false;
  }
  ++cancel_requests_;
  cancel_message_ = std::move(message);
  if (!waiting_on_) return must_cancel_ = true;  // its loop may be gone
  pass_cancellation_on();
  return true;
}

/// What cannot be handed on is delivered when the task resumes.
void TaskCore::pass_cancellation_on() {
  if (loop_->cancel_walk_) return cancel_within(*loop_->cancel_walk_);
  CancelWalk walk;
  struct Leave {
    Loop& loop;
    ~Leave() {
      for (TaskCore* task : std::exchange(loop.cancel_walk_, nullptr)->marked) {
        task->being_cancelled_ = false;
      }
    }
  } leave{*loop_};
  loop_->cancel_walk_ = &walk;
  cancel_what_it_awaits(walk);
  for (std::size_t i = 0; i < walk.later.size(); ++i) walk.later[i]->cancel_what_it_awaits(walk);
}

void TaskCore::cancel_within(CancelWalk& walk) {
  if (walk.depth < CancelWalk::kDeepest)
    cancel_what_it_awaits(walk);
  else
    walk.later.push_back(this);
}

void TaskCore::cancel_what_it_awaits(CancelWalk& walk) {
  being_cancelled_ = true;
  const bool closed_beside = std::exchange(walk.ring_closed, false);
  ++walk.depth;
  bool delivered = false;
  try {
    delivered = waiting_on_->cancel(cancel_message_);
  } catch (const std::bad_alloc&) {  // then when it resumes
    log(LogLevel::kError, "Out of memory: a task is cancelled only behind what it waits for.");
  }
  --walk.depth;
  const bool ring_closed = std::exchange(walk.ring_closed, closed_beside);
  must_cancel_ = must_cancel_ || !delivered || ring_closed;
  if (ring_closed && !woken()) wake();
  if (walk.later.empty())
    being_cancelled_ = false;
  else
    walk.marked.push_back(this);
}

int TaskCore::uncancel() noexcept {
  if (cancel_requests_ > 0 && --cancel_requests_ == 0) must_cancel_ = false;
  return cancel_requests_;
}

void TaskCore::throw_cancelled() {
  must_cancel_ = false;
  throw CancelledError(cancel_message_);
}

void TaskCore::step() {
  Loop& loop = *loop_;
  TaskCore* const outer = std::exchange(loop.current_task_, this);
  context_.swap_with_current();
  const bool ended = resume();
  context_.swap_with_current();
  loop.current_task_ = outer;
  if (!ended) return;
  const bool interrupted = interrupted_;
  leave_loop();
  if (interrupted) [[unlikely]]
    throw KeyboardInterrupt();
}

/// Whether it has ended.
inline bool TaskCore::resume() noexcept {
  waiting_on_ = nullptr;
  innermost_ = nullptr;
  if (!started_ && must_cancel_) [[unlikely]] {  // its body never runs
    destroy_frame();
    finish(State::kCancelled);
    return true;
  }
  started_ = true;
  if (!root_) {
    root_ = resume_point_ = begin();
    if (!root_) [[unlikely]] {  // there was no memory for it
      destroy_frame();
      finish(State::kCancelled);
      return true;
    }
  }
  std::exchange(resume_point_, nullptr).resume();
  if (root_.done()) {
    end();
    return true;
  }
  if (must_cancel_ && waiting_on_) [[unlikely]] {  // it was cancelled while it ran
    must_cancel_ = false;
    pass_cancellation_on();
  }
  return false;
}

void TaskCore::end() noexcept {
  try {
    collect();
  } catch (...) {  // the result's move constructor threw: that is the result
    const std::exception_ptr failure = std::current_exception();
    try {
      finish(State::kFinished, failure);
    } catch (const std::bad_alloc&) {  // none to keep it in
      log(LogLevel::kError, "Out of memory for a task's exception: it counts as cancelled.");
      finish(State::kCancelled);
    }
  }
  if (interrupted_) mark_observed();  // whoever runs the loop is told
  destroy_frame();
}

/// The loop's reference goes, and the task with it where nobody else has one.
void TaskCore::leave_loop() noexcept {
  static_cast<TaskListNode&>(*this).unlink();
  drop_reference();
}

void TaskCore::abandon() noexcept {
  static_cast<Runnable&>(*this).unlink();
  // What goes with the frames may cancel this task, which waits for nobody any more.
  waiting_on_ = nullptr;
  resume_point_ = nullptr;
  // From the innermost outwards, so that a long chain of awaits is no deep recursion.
  for (PromiseBase* promise = std::exchange(innermost_, nullptr); promise && promise->frame();) {
    PromiseBase* parent = promise->parent();
    promise->frame()->destroy();
    promise = parent;
  }
  destroy_frame();
  drop_subscribers();
  leave_loop();
}

}  // namespace capricorn
