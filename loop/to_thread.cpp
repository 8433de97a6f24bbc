// SPDX-License-Identifier: MIT
#include "to_thread.hpp"

namespace capricorn {

Job::Job(Loop& loop) : loop_(&loop), link_(loop.link()) {}

void Job::come_back() noexcept {
  const std::shared_ptr<LoopLink> link = link_;  // the job may be gone as soon as the loop has it
  if (!link->with_loop([this](Loop& loop) { loop.post(*this); })) drop_reference();
}

void JobWaiter::WaitedJob::finished() noexcept {
  loop().job_returns();
  if (waiter) waiter->finish();
  drop_reference();
}

JobWaiter::~JobWaiter() {
  if (!job_) return;
  job_->waiter = nullptr;
  job_->drop_reference();
}

void JobWaiter::submit() {
  job_->waiter = this;
  job_->add_reference();  // the executor's, until it has come back
  bool taken = false;
  try {
    taken = executor_->try_submit(*job_);
  } catch (...) {
    job_->drop_reference();
    throw;
  }
  if (!taken) {
    job_->drop_reference();
    throw QueueFull("the executor's queue is full");
  }
  job_->loop().job_leaves();
}

void JobWaiter::give_up() noexcept {
  if (executor_->cancel(*job_)) {
    job_->loop().job_returns();
    job_->drop_reference();
  }
  job_->waiter = nullptr;
}

}  // namespace capricorn
