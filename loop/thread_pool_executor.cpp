// SPDX-License-Identifier: MIT
#include "thread_pool_executor.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <thread>

#include "context.hpp"
#include "errors.hpp"
#include "platform.hpp"
#include "signal_block.hpp"

namespace capricorn {

struct ThreadPoolExecutor::Worker {
  std::thread thread;
};

namespace {

std::size_t default_workers() noexcept {
  return std::min<std::size_t>(32, usable_processors() + 4);
}

}  // namespace

ThreadPoolExecutor::ThreadPoolExecutor(ThreadPoolOptions options) : options_(std::move(options)) {
  if (options_.max_workers == 0) options_.max_workers = default_workers();
}

ThreadPoolExecutor::~ThreadPoolExecutor() { shutdown(true); }

bool ThreadPoolExecutor::try_submit(ExecutorJob& job) {
  std::unique_lock lock(mutex_);
  if (ended_) throw RuntimeError("cannot schedule new futures after shutdown");
  const std::size_t capacity = options_.max_workers + options_.max_queue;
  if (options_.max_queue && queued_ + running_ >= capacity) return false;
  if (idle_ <= queued_ && workers_.size() < options_.max_workers) start_worker(job);
  job.submitted_at = std::chrono::steady_clock::now();
  job.link().pool.queued.fetch_add(1, std::memory_order_relaxed);
  queue_.push_back(job);
  ++queued_;
  lock.unlock();  // or the worker would wake only to wait for it
  job_or_end_.notify_one();
  return true;
}

bool ThreadPoolExecutor::cancel(ExecutorJob& job) noexcept {
  std::lock_guard lock(mutex_);
  if (!job.linked()) return false;
  job.unlink();
  --queued_;
  job.link().pool.queued.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

std::size_t ThreadPoolExecutor::job_count() {
  std::lock_guard lock(mutex_);
  return queued_ + running_;
}

void ThreadPoolExecutor::shutdown(bool wait) {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  job_or_end_.notify_all();
  if (!wait) return;
  std::lock_guard one_joins(joining_);
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

/// A thread counts with the loop for whose job it was started. Where the system gives none, those
/// that there are have to do, until the next job asks again.
void ThreadPoolExecutor::start_worker(const ExecutorJob& job) {
  std::string name = options_.name.substr(0, 11) + "-" + std::to_string(workers_.size());
  workers_.push_back(std::make_unique<Worker>());
  try {
    const SignalBlock none;
    workers_.back()->thread = std::thread([this, name = std::move(name), link = job.shared_link()] {
      name_this_thread(name);
      link->pool.threads.fetch_add(1, std::memory_order_relaxed);
      work();
      link->pool.threads.fetch_sub(1, std::memory_order_relaxed);
    });
  } catch (const std::exception&) {
    workers_.pop_back();
    if (workers_.empty()) throw;
  }
}

void ThreadPoolExecutor::work() {
  Context own;  // what jobs set stays here, as in a Python thread, and goes with it
  const ContextScope scope(own);
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    job_or_end_.wait(lock, [this] { return ended_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    ExecutorJob& job = queue_.pop_front();
    --queued_;
    ++running_;
    lock.unlock();
    run(job);
    lock.lock();
    --running_;
  }
}

void ThreadPoolExecutor::run(ExecutorJob& job) {
  const std::shared_ptr<LoopLink> link = job.shared_link();  // the job goes with its coming back
  PoolFigures& figures = link->pool;
  figures.queued.fetch_sub(1, std::memory_order_relaxed);
  figures.begun(std::chrono::steady_clock::now() - job.submitted_at);
  figures.busy.fetch_add(1, std::memory_order_relaxed);
  job.work();
  figures.busy.fetch_sub(1, std::memory_order_relaxed);
  job.come_back();
}

}  // namespace capricorn
