// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "executor.hpp"
#include "task_core.hpp"

namespace capricorn {

/// The task that waits for a Job. Cancelled while the job runs, it returns at once and the job goes
/// on alone; a job still queued is taken back.
class JobWaiter : public SimpleWaiter {
 public:
  /// A job tells its waiter, which it forgets when the waiter has gone.
  class WaitedJob : public Job {
   public:
    using Job::Job;
    void finished() noexcept final;
    JobWaiter* waiter = nullptr;
  };

  JobWaiter(Executor& executor, WaitedJob& job) noexcept : executor_(&executor), job_(&job) {}
  /// Until it is awaited.
  JobWaiter(JobWaiter&& other) noexcept
      : SimpleWaiter(), executor_(other.executor_), job_(std::exchange(other.job_, nullptr)) {}
  ~JobWaiter();

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    park(*self.promise().task(), self);
    submit();
  }

 protected:
  void submit();

  Executor* executor_;
  WaitedJob* job_;

 private:
  void give_up() noexcept override;
};

template <class F>
class FunctionJob final : public JobWaiter::WaitedJob {
 public:
  using Result = std::invoke_result_t<F&>;
  FunctionJob(Loop& loop, F function) : WaitedJob(loop), function_(std::move(function)) {}
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  void work() noexcept override {
    try {
      if constexpr (std::is_void_v<Result>) {
        function_();
        outcome.set_value();
      } else {
        outcome.set_value(function_());
      }
    } catch (...) {  // one of the four places: the awaiting task rethrows it
      outcome.set_exception(std::current_exception(), false);
    }
  }
  Outcome<Result> outcome;

 private:
  F function_;
};

template <class F>
class ExecutorAwaiter final : public JobWaiter {
 public:
  ExecutorAwaiter(Executor& executor, Loop& loop, F function)
      : JobWaiter(executor, *new FunctionJob<F>(loop, std::move(function))) {}
  typename FunctionJob<F>::Result await_resume() {
    check_cancelled();
    return static_cast<FunctionJob<F>*>(job_)->outcome.take();
  }
};

/// Runs `f(args...)` in the executor (nullptr: the loop's default pool) and gives its result, or
/// throws what it threw. Arguments are copied or moved in. Throws QueueFull where the pool's
/// bounded queue is full.
/// https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor
template <class F, class... Args>
auto run_in_executor(Executor* executor, F f, Args... args) {
  Loop& loop = get_running_loop();
  auto bound = [f = std::move(f), ... args = std::move(args)]() mutable {
    return f(std::move(args)...);
  };
  return ExecutorAwaiter<decltype(bound)>(executor ? *executor : loop.default_executor(), loop,
                                          std::move(bound));
}

/// run_in_executor in the default pool, with the caller's context variables.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
template <class F, class... Args>
auto to_thread(F f, Args... args) {
  auto in_context = [context = Context::copy_current(), f = std::move(f),
                     ... args = std::move(args)]() mutable -> decltype(auto) {
    return context.run([&]() -> decltype(auto) { return f(std::move(args)...); });
  };
  return run_in_executor(nullptr, std::move(in_context));
}

template <class F, class... Args>
auto Loop::run_in_executor(Executor* executor, F f, Args... args) {
  return capricorn::run_in_executor(executor, std::move(f), std::move(args)...);
}

}  // namespace capricorn
