// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <coroutine>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "context.hpp"
#include "future.hpp"
#include "loop.hpp"
#include "task.hpp"
#include "task_glance.hpp"

namespace capricorn {

struct TaskListNode : ListNode {};
struct CancelWalk;

/// A scheduled coroutine: asyncio's Task, without the type of its result. The loop holds one
/// reference until it ended, so that dropping every handle never leaves it half done. Cancellation
/// is edge-triggered and counted. https://docs.python.org/3/library/asyncio-task.html#task-object
class TaskCore : public FutureCore, public Runnable, public TaskListNode {
 public:
  bool cancel(std::string message) override;
  int cancelling() const noexcept { return cancel_requests_; }
  int uncancel() noexcept;
  std::string name() const;
  void set_name(std::string name);
  TaskState state() const noexcept;
  /// Where create_task was called.
  std::source_location created_at() const noexcept { return created_at_; }
  Context& context() noexcept { return context_; }
  std::string description() const override { return glance().description(); }
  /// For reports. Also in a signal handler on the loop's thread, while the task is current.
  TaskGlance glance() const noexcept;
  /// What it works on, told in reports: a server's route, which the router fills in later. Dropped
  /// before it goes; its text ends with NUL.
  void set_label(const std::string_view& label) noexcept { label_ = &label; }
  void drop_label() noexcept;

  /// The coroutine that is suspended, its parents behind it; null while it runs or has ended.
  const PromiseBase* innermost() const noexcept { return innermost_; }
  /// When it last suspended, by the pass's clock.
  TimePoint suspended_since() const noexcept { return suspended_since_; }
  /// The task's own coroutine; null once it has ended.
  virtual const PromiseBase* outermost() const noexcept = 0;

  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  // For Waiter
  void park(Waiter& waiter, std::coroutine_handle<> self, PromiseBase& promise) noexcept {
    waiting_on_ = &waiter;
    resume_point_ = self;
    innermost_ = &promise;
    suspended_since_ = loop_->cached_time();
  }
  void wake() noexcept { loop_->schedule(static_cast<Runnable&>(*this)); }
  /// Whether it is about to resume already.
  bool woken() const noexcept { return Runnable::linked(); }
  /// Throws KeyboardInterrupt where that ended the task.
  void step();
  void throw_if_cancelled() {
    if (must_cancel_) throw_cancelled();
  }
  /// One CancelledError answers every cancellation requested so far.
  void cancellation_delivered() noexcept { must_cancel_ = false; }

  /// The loop is closing: the frame goes, the task never ends, and who waits is not told.
  void abandon() noexcept;
  void start(bool eager);

 protected:
  TaskCore(Loop& loop, std::coroutine_handle<> root, std::string&& name,
           std::source_location where);
  ~TaskCore() override = default;
  /// The task's coroutine, where the constructor was given none: called once, within the task.
  virtual std::coroutine_handle<> begin() { return nullptr; }
  void run() override { step(); }
  TaskCore* for_task() noexcept override { return this; }
  std::string task_name() const override { return name(); }
  /// Takes the result out of the frame of the coroutine that ended.
  virtual void collect() = 0;
  virtual void destroy_frame() noexcept = 0;
  /// What `collect` found.
  template <class T>
  void end_with(Outcome<T>& from, Outcome<T>& to);

 private:
  void keep_title() noexcept;
  void pass_cancellation_on();
  void cancel_within(CancelWalk& walk);
  void cancel_what_it_awaits(CancelWalk& walk);
  bool resume() noexcept;
  void end() noexcept;
  void leave_loop() noexcept;
  [[noreturn]] void throw_cancelled();

  std::coroutine_handle<> root_;
  std::coroutine_handle<> resume_point_;
  PromiseBase* innermost_ = nullptr;
  Waiter* waiting_on_ = nullptr;
  TimePoint suspended_since_{};
  Context context_;
  std::uint64_t number_;
  std::string name_;
  const std::string_view* label_ = nullptr;
  std::source_location created_at_;
  int cancel_requests_ = 0;
  bool must_cancel_ = false;
  bool being_cancelled_ = false;  // while the cancellation goes down from it
  bool interrupted_ = false;      // ended by KeyboardInterrupt
  bool started_ = false;
  std::atomic<bool> name_changes_{false};
};

template <class T>
void TaskCore::end_with(Outcome<T>& from, Outcome<T>& to) {
  if (!from.has_value()) [[unlikely]] {
    interrupted_ = is_keyboard_interrupt(from.exception());
    finish(from.cancelled() ? State::kCancelled : State::kFinished, from.exception());
  } else if (std::exchange(must_cancel_, false)) [[unlikely]] {
    finish(State::kCancelled);  // cancelled right before it ended: the result is lost
  } else {
    if constexpr (std::is_void_v<T>)
      to.set_value();
    else
      to.set_value(std::forward<T>(from.take()));
    finish(State::kFinished);
  }
}

}  // namespace capricorn
