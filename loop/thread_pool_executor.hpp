// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "executor.hpp"

namespace capricorn {

struct ThreadPoolOptions {
  std::size_t max_workers = 0;  // 0: min(32, cpus + 4)
  std::size_t max_queue = 0;    // jobs waiting; 0: no bound
  std::string name = "capricorn";
};

/// Worker threads, started as jobs come; they block all signals. Any thread may submit: where the
/// system gives not even one thread, that throws std::system_error. The destructor blocks until
/// accepted jobs are done; never destroy it from one of its own jobs.
/// https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor
class ThreadPoolExecutor final : public Executor {
 public:
  explicit ThreadPoolExecutor(ThreadPoolOptions options = {});
  ~ThreadPoolExecutor() override;

  bool try_submit(ExecutorJob& job) override;
  bool cancel(ExecutorJob& job) noexcept override;
  void shutdown(bool wait) override;
  std::size_t max_workers() const noexcept { return options_.max_workers; }
  /// Those that wait and those that run. Of one that is over its loop has been told.
  std::size_t job_count();

 private:
  struct Worker;
  void start_worker(const ExecutorJob& job);
  void work();
  void run(ExecutorJob& job);

  ThreadPoolOptions options_;
  std::mutex mutex_;
  std::mutex joining_;
  std::condition_variable job_or_end_;
  IntrusiveList<ExecutorJob> queue_;
  std::size_t queued_ = 0;
  std::size_t running_ = 0;
  std::size_t idle_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  bool ended_ = false;
};

}  // namespace capricorn
