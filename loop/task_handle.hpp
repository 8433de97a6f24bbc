// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "task_core.hpp"

namespace capricorn {

template <class T>
class TaskCell final : public TaskCore {
 public:
  TaskCell(Loop& loop, Task<T>&& task, std::string&& name, std::source_location where)
      : TaskCell(loop, task.release(), std::move(name), where) {}

  T take() {
    check_result();
    return outcome_.take();
  }
  decltype(auto) value() {
    check_result();
    if constexpr (!std::is_void_v<T>) return (outcome_.peek());
  }
  const PromiseBase* outermost() const noexcept override {
    return frame_ ? &frame_.promise() : nullptr;
  }

 private:
  TaskCell(Loop& loop, typename Task<T>::Handle frame, std::string&& name,
           std::source_location where)
      : TaskCore(loop, frame, std::move(name), where), frame_(frame) {
    frame_.promise().set_task(this);
  }
  ~TaskCell() override { destroy_frame(); }

  void collect() override { end_with(frame_.promise().outcome(), outcome_); }
  void destroy_frame() noexcept override {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

  typename Task<T>::Handle frame_;
  Outcome<T> outcome_;
};

/// A reference to a scheduled task whose result's type nobody needs to know. Loop's thread only.
class AnyTask {
 public:
  AnyTask() noexcept = default;
  explicit AnyTask(TaskCore* core) noexcept : core_(core) {
    if (core_) core_->add_reference();
  }
  AnyTask(const AnyTask& other) noexcept : AnyTask(other.core_) {}
  AnyTask(AnyTask&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  AnyTask& operator=(AnyTask other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~AnyTask() {
    if (core_) core_->drop_reference();
  }

  explicit operator bool() const noexcept { return core_ != nullptr; }
  friend bool operator==(const AnyTask&, const AnyTask&) noexcept = default;

  bool done() const noexcept { return core_->done(); }
  bool cancelled() const noexcept { return core_->cancelled(); }
  /// Asks for CancelledError where the task next resumes; false where it is done.
  bool cancel(std::string message = {}) { return core_->cancel(std::move(message)); }
  int cancelling() const noexcept { return core_->cancelling(); }
  int uncancel() noexcept { return core_->uncancel(); }
  std::exception_ptr exception() { return core_->exception(); }
  std::string name() const { return core_->name(); }
  void set_name(std::string name) { core_->set_name(std::move(name)); }
  TaskState state() const noexcept { return core_->state(); }
  Loop& get_loop() const noexcept { return core_->loop(); }
  Context get_context() const noexcept { return core_->context(); }
  TaskCore& core() const noexcept { return *core_; }

 protected:
  TaskCore* core_ = nullptr;
};

/// A reference to a scheduled task; dropping it only stops observing. Awaiting an lvalue gives T&,
/// an rvalue T. Loop's thread only.
template <class T>
class TaskHandle : public AnyTask {
 public:
  using Result = T;

  TaskHandle() noexcept = default;
  explicit TaskHandle(TaskCell<T>* cell) noexcept : AnyTask(cell) {}

  decltype(auto) result() { return cell().value(); }
  /// `f(handle)` is called by the loop once the task is done.
  template <class F>
  void add_done_callback(F f) {
    core_->add_done_callback([f = std::move(f), cell = &cell()]() mutable {
      TaskHandle handle(cell);
      f(handle);
    });
  }
  TaskCell<T>& cell() const noexcept { return static_cast<TaskCell<T>&>(*core_); }

  /// Cancelling the awaiting task cancels this one, and waits for its end.
  struct Awaiter final : FutureWaiter {
    explicit Awaiter(TaskHandle handle) noexcept
        : FutureWaiter(handle.core()), held(std::move(handle)) {}
    decltype(auto) await_resume() {
      check_cancelled();
      return held.result();
    }
    TaskHandle held;
  };
  struct TakingAwaiter final : FutureWaiter {
    explicit TakingAwaiter(TaskHandle handle) noexcept
        : FutureWaiter(handle.core()), held(std::move(handle)) {}
    T await_resume() {
      check_cancelled();
      return held.cell().take();
    }
    TaskHandle held;
  };
  Awaiter operator co_await() const& noexcept { return Awaiter(*this); }
  TakingAwaiter operator co_await() && noexcept { return TakingAwaiter(std::move(*this)); }
};

template <class T>
TaskHandle<T> Loop::create_task(Task<T> task, TaskOptions options, std::source_location where) {
  check_usable();
  auto* cell = new TaskCell<T>(*this, std::move(task), std::move(options.name), where);
  TaskHandle<T> handle(cell);  // the first reference is the loop's, until the task ended
  cell->start(options.eager_start);
  return handle;
}

/// Schedules the coroutine on the running loop; throws RuntimeError where none runs.
template <class T>
TaskHandle<T> create_task(Task<T> task, TaskOptions options = {},
                          std::source_location where = std::source_location::current()) {
  return get_running_loop().create_task(std::move(task), std::move(options), where);
}

/// Calls `f(args...)` and runs the coroutine it returns; `f`, with its captures, and the arguments
/// live as long as the coroutine.
template <class F, class... Args>
  requires std::invocable<F&, Args&...>
auto create_task(TaskOptions options, F f, Args... args)
    -> TaskHandle<typename std::invoke_result_t<F&, Args&...>::Result> {
  using R = typename std::invoke_result_t<F&, Args&...>::Result;
  return create_task(
      [](F function, Args... arguments) -> Task<R> { co_return co_await function(arguments...); }(
                                            std::move(f), std::move(args)...),
      std::move(options));
}

/// The task that runs now; empty in a plain callback. Throws RuntimeError where no loop runs.
inline AnyTask current_task() { return AnyTask(get_running_loop().current_task()); }
/// Every task of the running loop that has not ended, in order of creation.
std::vector<AnyTask> all_tasks();
std::vector<AnyTask> all_tasks(Loop& loop);

template <class T>
T Loop::run_until_complete(Task<T> task, std::source_location where) {
  check_can_run();
  return run_until_complete(create_task(std::move(task), {}, where));
}

template <class T>
T Loop::run_until_complete(TaskHandle<T> handle) {
  run_until_done(handle.core());
  return handle.cell().take();
}

template <class T>
T Loop::run_until_complete(Future<T> future) {
  run_until_done(future.core());
  if constexpr (std::is_void_v<T>)
    future.result();
  else
    return std::move(future.result());
}

}  // namespace capricorn
