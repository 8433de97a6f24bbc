// SPDX-License-Identifier: MIT
#include "to_thread.hpp"

#include <new>

#include "log.hpp"

namespace capricorn {

ExecutorJob::ExecutorJob(Loop& loop) : loop_(&loop), link_(loop.link()) {}

void ExecutorJob::come_back() noexcept {
  back_.store(true, std::memory_order_release);
  const std::shared_ptr<LoopLink> link = link_;  // the job may be gone as soon as the loop has it
  if (!link->with_loop([this](Loop& loop) { loop.post(*this); })) drop_reference();
}

JobWaiter::JobWaiter(Executor& executor, WaitedJob& job) : executor_(&executor), job_(&job) {
  job.add_reference();  // the executor's, until it has come back
  bool taken = false;
  try {
    taken = executor.try_submit(job);
    if (!taken) throw QueueFull("the executor's queue is full");
  } catch (...) {  // passes through
    job.drop_reference();
    job.drop_reference();
    throw;
  }
  job.loop().job_leaves();
}

JobWaiter::~JobWaiter() {
  if (!job_) return;
  job_->waiter_ = nullptr;
  job_->forgotten_ = !asked_ && !task();
  if (job_->over_) job_->report_failure();
  job_->drop_reference();
}

void JobWaiter::give_up() noexcept {
  job_->waiter_ = nullptr;
  if (job_->is_back() || !executor_->cancel(*job_)) return;
  job_->loop().job_returns();
  job_->drop_reference();
}

void JobWaiter::WaitedJob::finished() noexcept {
  loop().job_returns();
  over_ = true;
  report_failure();
  if (waiter_) waiter_->finish();
  drop_reference();
}

void JobWaiter::WaitedJob::report_failure() noexcept {
  const std::exception_ptr exception = forgotten_ ? failure() : nullptr;
  if (!exception) return;
  try {
    const ExceptionContext context{"Future exception was never retrieved", exception, {}};
    if (!link().with_loop([&](Loop& loop) { loop.call_exception_handler(context); })) {
      log_exception(context);
    }
  } catch (const std::bad_alloc&) {  // then without what it says
    log(LogLevel::kError, "Out of memory to tell of an exception that was never retrieved.");
  }
}

}  // namespace capricorn
