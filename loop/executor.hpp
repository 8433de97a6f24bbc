// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>

#include "loop_link.hpp"
#include "runnable.hpp"

namespace capricorn {

class Loop;

/// Work for an Executor: runs once on a worker thread, then comes back to its loop, which drops it.
/// A counted node, because the awaiter may be gone (cancelled) before the work is over.
class ExecutorJob : public ListNode {
 public:
  explicit ExecutorJob(Loop& loop);

  /// On the worker. Keeps what the function throws.
  virtual void work() noexcept = 0;
  /// On the loop, when `work` returned or the executor dropped it.
  virtual void finished() noexcept = 0;
  /// On the worker, last: it goes to its loop; where that is gone, nobody waits and it goes itself.
  void come_back() noexcept;
  /// Its executor has nothing more to do with it, and may have gone.
  bool is_back() const noexcept { return back_.load(std::memory_order_acquire); }

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  Loop& loop() const noexcept { return *loop_; }
  LoopLink& link() const noexcept { return *link_; }
  const std::shared_ptr<LoopLink>& shared_link() const noexcept { return link_; }

  ExecutorJob* next_posted = nullptr;
  TimePoint submitted_at{};  // its executor's to set

 protected:
  virtual ~ExecutorJob() = default;

 private:
  Loop* loop_;
  std::shared_ptr<LoopLink> link_;
  std::atomic<bool> back_{false};
  std::atomic<int> references_{1};  // the awaiter may be left, too, when the loop has gone
};

/// Where blocking work goes (concurrent.futures.Executor). It stays until its jobs have come back;
/// whoever awaits one may take longer.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Takes the job, or says false where its queue is full. Throws RuntimeError after `shutdown`.
  virtual bool try_submit(ExecutorJob& job) = 0;
  /// Takes back a job that no worker has begun; false where it is too late.
  virtual bool cancel(ExecutorJob& job) noexcept = 0;
  /// No new jobs; `wait` until those accepted are done.
  virtual void shutdown(bool wait) = 0;
};

}  // namespace capricorn
