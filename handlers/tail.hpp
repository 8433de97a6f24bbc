// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "../loop/intrusive_list.hpp"
#include "../loop/loop.hpp"
#include "../loop/task_handle.hpp"

namespace capricorn {

class Tail;
/// What goes on behind a request's answer: tasks that the application's end waits for. There may be
/// thousands, and each comes and goes at the same cost.
using Tails = IntrusiveList<Tail>;

/// The running task is one of them for as long as this lives.
class Tail : public ListNode {
 public:
  explicit Tail(Tails& tails) : task_(get_running_loop().current_task()) { tails.push_back(*this); }
  const AnyTask& task() const noexcept { return task_; }

 private:
  AnyTask task_;
};

inline std::vector<AnyTask> tasks_of(Tails& tails) {
  std::vector<AnyTask> tasks;
  tails.for_each([&](Tail& tail) { tasks.push_back(tail.task()); });
  return tasks;
}

/// Of this thread's loop: requests that leave their dependencies late, behind a job of a pool.
Tails& late_leaves() noexcept;

}  // namespace capricorn
