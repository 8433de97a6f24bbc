// SPDX-License-Identifier: MIT
#include "thread_pools.hpp"

#include <stdexcept>

#include "../loop/thread_pool_executor.hpp"

namespace capricorn {

HandlerPool::HandlerPool(std::string name, HandlerPoolOptions options)
    : name_(std::move(name)), options_(options) {}
HandlerPool::~HandlerPool() = default;

Executor& HandlerPool::executor() {
  if (!executor_) {
    executor_ = std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{
        options_.threads, options_.max_queued_jobs, name_.empty() ? "handlers" : name_});
  }
  return *executor_;
}

std::size_t HandlerPool::job_count() const { return executor_ ? executor_->job_count() : 0; }

ThreadPools::ThreadPools(HandlerPoolOptions common) {
  pools_.push_back(std::make_unique<HandlerPool>("", common));
}

HandlerPool* ThreadPools::find(std::string_view name) const noexcept {
  for (const auto& pool : pools_) {
    if (pool->name() == name) return pool.get();
  }
  return nullptr;
}

void ThreadPools::add(std::string_view name, HandlerPoolOptions options) {
  if (find(name)) {
    throw std::invalid_argument("there is a thread pool named '" + std::string(name) + "'");
  }
  pools_.push_back(std::make_unique<HandlerPool>(std::string(name), options));
}

HandlerPool& ThreadPools::get(std::string_view name) const {
  HandlerPool* pool = find(name);
  if (!pool) {
    throw std::invalid_argument("no thread pool is named '" + std::string(name) +
                                "': app.thread_pool() makes one, before the routes that use it");
  }
  return *pool;
}

std::size_t ThreadPools::job_count() const {
  std::size_t count = 0;
  for (const auto& pool : pools_) count += pool->job_count();
  return count;
}

}  // namespace capricorn
