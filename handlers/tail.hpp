// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "../loop/loop.hpp"
#include "../loop/task_handle.hpp"

namespace capricorn {

/// What goes on behind a request's answer: tasks that the application's end waits for.
using Tails = std::vector<AnyTask>;

/// The running task is one of them for as long as this lives.
class Tail {
 public:
  explicit Tail(Tails& tails) : tails_(tails), task_(get_running_loop().current_task()) {
    tails_.push_back(task_);
  }
  Tail(const Tail&) = delete;
  ~Tail() { std::erase(tails_, task_); }

 private:
  Tails& tails_;
  AnyTask task_;
};

/// Of this thread's loop: requests that leave their dependencies late, behind a job of a pool.
Tails& late_leaves() noexcept;

}  // namespace capricorn
