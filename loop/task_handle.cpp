// SPDX-License-Identifier: MIT
#include "task_handle.hpp"

#include <stdexcept>

#include "ensure_future.hpp"

namespace capricorn {

std::vector<AnyTask> all_tasks(Loop& loop) {
  std::vector<AnyTask> tasks;
  loop.tasks().for_each(
      [&](TaskListNode& node) { tasks.push_back(AnyTask(static_cast<TaskCore*>(&node))); });
  return tasks;
}

std::vector<AnyTask> all_tasks() { return all_tasks(get_running_loop()); }

void check_loop(const FutureCore& future, const Loop& loop) {
  if (&future.loop() == &loop) return;
  throw std::invalid_argument(
      "The future belongs to a different loop than the one specified as the loop argument");
}

}  // namespace capricorn
