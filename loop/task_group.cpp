// SPDX-License-Identifier: MIT
#include "task_group.hpp"

#include <new>

namespace capricorn {

struct TaskGroup::Child final : FutureCore::Subscriber, ChildListNode {
  Child(TaskGroup& owner, TaskCore& core) : group(owner), task(core) {}
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
  void run() override { group.child_done(*this); }
  TaskCore* for_task() noexcept override { return &group.parent_; }

  TaskGroup& group;
  FutureReference task;
};

/// The await of the group's last child.
class TaskGroup::LastChild final : public SimpleWaiter {
 public:
  explicit LastChild(TaskGroup& group) noexcept : group_(group) {}
  ~LastChild() { group_.waiting_ = nullptr; }
  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    park(*self.promise().task(), self);
    group_.waiting_ = this;
  }
  void await_resume() { check_cancelled(); }

 private:
  friend class TaskGroup;
  void give_up() noexcept override { group_.waiting_ = nullptr; }
  TaskGroup& group_;
};

namespace {

TaskCore& current_task_or_throw(Loop& loop) {
  if (TaskCore* task = loop.current_task()) return *task;
  throw RuntimeError("TaskGroup cannot determine the parent task");
}

}  // namespace

TaskGroup::TaskGroup() : loop_(get_running_loop()), parent_(current_task_or_throw(loop_)) {}

TaskGroup::~TaskGroup() {
  while (!children_.empty()) delete static_cast<Child*>(&children_.front());
}

const char* TaskGroup::reason_against_more() const noexcept {
  if (exiting_ && children_.empty()) return "TaskGroup is finished";
  return aborting_ ? "TaskGroup is shutting down" : nullptr;
}

/// A task that the group cannot wait for would go on behind its end.
void TaskGroup::adopt(TaskCore& task) {
  Child* child = nullptr;
  try {
    child = new Child(*this, task);
  } catch (...) {  // passes through: its body never runs
    task.cancel({});
    throw;
  }
  children_.push_back(*child);
  task.add_subscriber(*child);
}

void TaskGroup::child_done(Child& child) {
  const FutureReference task = child.task;
  delete &child;
  if (waiting_ && children_.empty()) waiting_->finish();
  if (!task->failed()) return;
  add_error(task->exception());
  if (aborting_ || parent_cancel_requested_) return;
  // Whatever runs in the body is to end now; leave() takes this cancellation back.
  abort();
  parent_cancel_requested_ = true;
  parent_.cancel({});
}

/// KeyboardInterrupt is nobody's to gather.
void TaskGroup::add_error(std::exception_ptr error) {
  if (!interrupt_ && is_keyboard_interrupt(error)) interrupt_ = error;
  try {
    errors_.push_back(error);
  } catch (const std::bad_alloc&) {  // then it leaves as itself, and not in a group
    if (!interrupt_) interrupt_ = std::move(error);
  }
}

void TaskGroup::abort() {
  aborting_ = true;
  children_.for_each([](ChildListNode& node) { static_cast<Child&>(node).task->cancel({}); });
}

Task<> TaskGroup::leave(std::exception_ptr failure) {
  exiting_ = true;
  const bool cancelled_in_body = is_cancelled_error(failure);
  std::exception_ptr cancelled = cancelled_in_body ? failure : nullptr;
  if (failure && !aborting_) abort();
  co_await wait_for_children(cancelled);
  if (!interrupt_ && is_keyboard_interrupt(failure)) interrupt_ = failure;
  if (interrupt_) std::rethrow_exception(interrupt_);
  // Without a cancellation from elsewhere, CancelledError was only our own.
  if (parent_cancel_requested_ && parent_.uncancel() == 0) cancelled = nullptr;
  if (cancelled && errors_.empty()) std::rethrow_exception(cancelled);
  if (failure && !cancelled_in_body) errors_.push_back(failure);
  throw_errors();
}

Task<> TaskGroup::wait_for_children(std::exception_ptr& cancelled) {
  while (!children_.empty()) {
    try {
      co_await LastChild(*this);
    } catch (const CancelledError&) {
      if (aborting_) continue;
      cancelled = std::current_exception();
      abort();
    }
  }
}

void TaskGroup::throw_errors() {
  if (errors_.empty()) return;
  // Keeps the count of a cancellation from outside and delivers it where the task waits next.
  if (parent_.cancelling() > 0) {
    parent_.uncancel();
    parent_.cancel({});
  }
  throw ExceptionGroup("unhandled errors in a TaskGroup", std::move(errors_));
}

}  // namespace capricorn
