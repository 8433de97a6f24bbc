// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

class Executor;
class ThreadPoolExecutor;

/// Of `App::thread_pool`.
struct HandlerPoolOptions {
  std::size_t threads = 40;
  std::size_t max_queued_jobs = 1000;  // beyond them: 503; 0: no bound
};

/// Worker threads for plain functions, made when the first of them is called.
class HandlerPool {
 public:
  HandlerPool(std::string name, HandlerPoolOptions options);
  HandlerPool(const HandlerPool&) = delete;
  ~HandlerPool();

  const std::string& name() const noexcept { return name_; }
  /// Where none was named otherwise, before the first job.
  void set_threads(std::size_t threads) noexcept { options_.threads = threads; }
  Executor& executor();
  /// Those that wait and those that run.
  std::size_t job_count() const;

 private:
  std::string name_;
  HandlerPoolOptions options_;
  std::unique_ptr<ThreadPoolExecutor> executor_;
};

/// The pools of an application; the first, "", is for all that name none.
class ThreadPools {
 public:
  explicit ThreadPools(HandlerPoolOptions common);

  HandlerPool& common() noexcept { return *pools_.front(); }
  /// Throws std::invalid_argument where there is one of that name.
  void add(std::string_view name, HandlerPoolOptions options);
  /// Throws std::invalid_argument where there is none.
  HandlerPool& get(std::string_view name) const;
  std::size_t job_count() const;

 private:
  HandlerPool* find(std::string_view name) const noexcept;

  std::vector<std::unique_ptr<HandlerPool>> pools_;
};

}  // namespace capricorn
