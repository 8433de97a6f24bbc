// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "future.hpp"
#include "loop.hpp"
#include "task.hpp"

namespace capricorn {

struct TaskListNode : ListNode {};

/// A scheduled coroutine: asyncio's Task. The loop holds one reference until it ended, so that
/// dropping every handle never leaves it half done. Cancellation is edge-triggered and counted.
/// https://docs.python.org/3/library/asyncio-task.html#task-object
class TaskCore : public FutureCore, public Runnable, public TaskListNode {
 public:
  bool cancel(std::string message) override;
  int cancelling() const noexcept { return cancel_requests_; }
  int uncancel() noexcept;
  std::string name() const;
  void set_name(std::string name) { name_ = std::move(name); }

  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  // For Waiter
  void park(Waiter& waiter, std::coroutine_handle<> self) noexcept {
    waiting_on_ = &waiter;
    resume_point_ = self;
  }
  void wake() noexcept { loop_->schedule(static_cast<Runnable&>(*this)); }
  void step() noexcept;
  void throw_if_cancelled();

  /// The loop is closing: the frame goes, the task never ends.
  void abandon() noexcept;
  void start(bool eager);

 protected:
  TaskCore(Loop& loop, std::coroutine_handle<> root, std::string name);
  ~TaskCore() override = default;
  void run() override { step(); }
  const char* noun() const noexcept override { return "Task"; }
  std::string task_name() const override { return name(); }
  /// Takes the result out of the frame of the coroutine that ended.
  virtual void collect() = 0;
  virtual void destroy_frame() noexcept = 0;

  void end_cancelled();

 private:
  void finish_step() noexcept;

  std::coroutine_handle<> root_;
  std::coroutine_handle<> resume_point_;
  Waiter* waiting_on_ = nullptr;
  std::uint64_t number_;
  std::string name_;
  int cancel_requests_ = 0;
  bool must_cancel_ = false;
  bool started_ = false;
};

template <class T>
class TaskState final : public TaskCore {
 public:
  TaskState(Loop& loop, Task<T> task, std::string name)
      : TaskState(loop, task.release(), std::move(name)) {}

  T take() {
    check_result();
    return outcome_.take();
  }
  decltype(auto) value() {
    check_result();
    if constexpr (!std::is_void_v<T>) return (outcome_.peek());
  }

 private:
  TaskState(Loop& loop, typename Task<T>::Handle frame, std::string name)
      : TaskCore(loop, frame, std::move(name)), frame_(frame) {
    frame_.promise().set_task(this);
  }
  ~TaskState() override { destroy_frame(); }

  void collect() override {
    Outcome<T>& ended = frame_.promise().outcome();
    if (ended.has_value()) {
      if constexpr (std::is_void_v<T>)
        outcome_.set_value();
      else
        outcome_.set_value(std::forward<T>(ended.take()));
      finish(State::kFinished);
    } else if (ended.cancelled()) {
      end_cancelled();
    } else {
      finish(State::kFinished, ended.exception());
    }
  }
  void destroy_frame() noexcept override {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

  typename Task<T>::Handle frame_;
  Outcome<T> outcome_;
};

/// A reference to a scheduled task; dropping it only stops observing. Loop's thread only.
template <class T>
class TaskHandle {
 public:
  TaskHandle() noexcept = default;
  /// Takes over one reference.
  explicit TaskHandle(TaskState<T>* state) noexcept : state_(state) {}
  TaskHandle(const TaskHandle& other) noexcept : state_(other.state_) {
    if (state_) state_->add_reference();
  }
  TaskHandle(TaskHandle&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  TaskHandle& operator=(TaskHandle other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~TaskHandle() {
    if (state_) state_->drop_reference();
  }

  explicit operator bool() const noexcept { return state_ != nullptr; }
  bool done() const noexcept { return state_->done(); }
  bool cancelled() const noexcept { return state_->cancelled(); }
  /// Asks for CancelledError at the task's next resumption; false where it is done.
  bool cancel(std::string message = {}) { return state_->cancel(std::move(message)); }
  int cancelling() const noexcept { return state_->cancelling(); }
  int uncancel() noexcept { return state_->uncancel(); }
  decltype(auto) result() { return state_->value(); }
  std::exception_ptr exception() { return state_->exception(); }
  std::string name() const { return state_->name(); }
  void set_name(std::string name) { state_->set_name(std::move(name)); }
  template <class F>
  void add_done_callback(F f) {
    state_->add_done_callback([f = std::move(f), handle = *this]() mutable { f(handle); });
  }
  TaskState<T>& state() const noexcept { return *state_; }

  /// Cancelling the awaiting task cancels this one, and waits for its end.
  struct Awaiter final : FutureWaiter {
    explicit Awaiter(TaskHandle handle) noexcept
        : FutureWaiter(*handle.state_), held(std::move(handle)) {}
    decltype(auto) await_resume() {
      throw_if_cancelled();
      return held.result();
    }
    TaskHandle held;
  };
  struct TakingAwaiter final : FutureWaiter {
    explicit TakingAwaiter(TaskHandle handle) noexcept
        : FutureWaiter(*handle.state_), held(std::move(handle)) {}
    T await_resume() {
      throw_if_cancelled();
      return held.state_->take();
    }
    TaskHandle held;
  };
  Awaiter operator co_await() const& noexcept { return Awaiter(*this); }
  TakingAwaiter operator co_await() && noexcept { return TakingAwaiter(std::move(*this)); }

 private:
  TaskState<T>* state_ = nullptr;
};

template <class T>
TaskHandle<T> Loop::create_task(Task<T> task, TaskOptions options) {
  check_closed();
  auto* state = new TaskState<T>(*this, std::move(task), std::move(options.name));
  state->add_reference();  // the loop's, until it ended
  TaskHandle<T> handle(state);
  state->start(options.eager_start);
  return handle;
}

template <class T>
TaskHandle<T> create_task(Task<T> task, TaskOptions options = {}) {
  return get_running_loop().create_task(std::move(task), std::move(options));
}

template <class T>
T Loop::run_until_complete(Task<T> task) {
  if (running_) throw RuntimeError("This event loop is already running");
  TaskHandle<T> handle = create_task(std::move(task));
  handle.state().add_done_callback([this] { stop(); });
  run_forever();
  if (!handle.done()) throw RuntimeError("Event loop stopped before Future completed.");
  return handle.state().take();
}

}  // namespace capricorn
