// SPDX-License-Identifier: MIT
#include "task_handle.hpp"

#include "ensure_future.hpp"

namespace capricorn {

std::vector<AnyTask> all_tasks(Loop& loop) {
  std::vector<AnyTask> tasks;
  loop.tasks().for_each(
      [&](TaskListNode& node) { tasks.push_back(AnyTask(static_cast<TaskCore*>(&node))); });
  return tasks;
}

std::vector<AnyTask> all_tasks() { return all_tasks(get_running_loop()); }

}  // namespace capricorn
