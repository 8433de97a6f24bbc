// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <type_traits>

#include "executor.hpp"
#include "task_core.hpp"

namespace capricorn {

/// Who awaits an ExecutorJob, which its executor has from the first. Cancelled while the job runs,
/// it returns at once and the job goes on alone; a job still queued is taken back. Dropped without
/// having been awaited, it leaves the job alone, too.
class JobWaiter : public SimpleWaiter {
 public:
  /// A job tells its waiter, which it forgets when the waiter has gone.
  class WaitedJob : public ExecutorJob {
   public:
    using ExecutorJob::ExecutorJob;
    void finished() noexcept final;
    virtual std::exception_ptr failure() const noexcept = 0;

   private:
    friend class JobWaiter;
    void report_failure() noexcept;
    JobWaiter* waiter_ = nullptr;
    bool over_ = false;
    bool forgotten_ = false;  // never awaited: a failure is told
  };

  /// Gives the job to the executor. Throws QueueFull, and RuntimeError after `shutdown`; the job is
  /// gone then.
  JobWaiter(Executor& executor, WaitedJob& job);
  /// Until it is awaited.
  JobWaiter(JobWaiter&& other) noexcept
      : SimpleWaiter(), executor_(other.executor_), job_(std::exchange(other.job_, nullptr)) {}
  ~JobWaiter();

  bool await_ready() const noexcept { return job_->over_; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    park(*self.promise().task(), self);
    job_->waiter_ = this;
  }

 protected:
  /// In await_resume.
  WaitedJob& check() {
    asked_ = true;
    check_cancelled();
    return *job_;
  }

 private:
  void give_up() noexcept override;

  Executor* executor_;
  WaitedJob* job_;
  bool asked_ = false;
};

template <class F>
class FunctionJob final : public JobWaiter::WaitedJob {
 public:
  static_assert(check_alignment<F>());
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
  std::exception_ptr failure() const noexcept override { return outcome.exception(); }
  Outcome<Result> outcome;

 private:
  F function_;
};

template <class F>
class [[nodiscard]] ExecutorAwaiter final : public JobWaiter {
 public:
  using Begun = void;
  ExecutorAwaiter(Executor& executor, Loop& loop, F function)
      : JobWaiter(executor, *new FunctionJob<F>(loop, std::move(function))) {}
  typename FunctionJob<F>::Result await_resume() {
    return static_cast<FunctionJob<F>&>(check()).outcome.take();
  }
};

template <class F, class... Args>
auto Loop::run_in_executor(Executor* executor, F f, Args... args) {
  check_usable();
  auto bound = [f = std::move(f), ... args = std::move(args)]() mutable -> decltype(auto) {
    return f(std::move(args)...);
  };
  return ExecutorAwaiter<decltype(bound)>(executor ? *executor : default_executor(), *this,
                                          std::move(bound));
}

/// Runs `f(args...)` in the executor (nullptr: the loop's default pool), from the call on; awaited,
/// it gives the result, or throws what it threw. Arguments are copied or moved in. Throws QueueFull
/// where the pool's bounded queue is full. A failure that nobody awaits is told.
/// https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor
template <class F, class... Args>
auto run_in_executor(Executor* executor, F f, Args... args) {
  return get_running_loop().run_in_executor(executor, std::move(f), std::move(args)...);
}

/// run_in_executor in the default pool, with the caller's context variables. A coroutine: the
/// thread gets it when it is awaited.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
template <class F, class... Args>
auto to_thread(F f, Args... args) -> Task<decltype(f(std::move(args)...))> {
  auto in_context = [context = Context::copy_current(), f = std::move(f),
                     ... args = std::move(args)]() mutable -> decltype(auto) {
    return context.run([&]() -> decltype(auto) { return f(std::move(args)...); });
  };
  co_return co_await run_in_executor(nullptr, std::move(in_context));
}

}  // namespace capricorn
