// SPDX-License-Identifier: MIT
#include "to_thread.hpp"

namespace capricorn {

void JobWaiter::WaitedJob::finished() noexcept {
  if (waiter) waiter->finish();
  drop_reference();
}

JobWaiter::~JobWaiter() {
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
}

void JobWaiter::give_up() noexcept {
  if (executor_->cancel(*job_)) job_->drop_reference();
  job_->waiter = nullptr;
}

}  // namespace capricorn
