// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <vector>

#include "gather.hpp"

namespace capricorn {
namespace {

/// One task's failure must not keep us from waiting for the others.
Task<> end_one(TaskCore* task) {
  try {
    co_await GatherWaiter({task});
  } catch (const CancelledError&) {  // as it should be
  } catch (const std::exception&) {
    task->loop().call_exception_handler(
        {"unhandled exception during shutdown", task->exception(), task->name()});
  }
}

Task<> end_each(std::vector<TaskCore*> tasks) {
  for (TaskCore* task : tasks) task->cancel({});
  for (TaskCore* task : tasks) {
    co_await end_one(task);
    task->drop_reference();
  }
}

}  // namespace

void shut_down(Loop& loop) {
  std::vector<TaskCore*> left;
  loop.tasks().for_each([&](TaskListNode& node) {
    auto& task = static_cast<TaskCore&>(node);
    task.add_reference();
    left.push_back(&task);
  });
  if (!left.empty()) loop.run_until_complete(end_each(std::move(left)));
  loop.shutdown_default_executor();
  loop.close();
}

}  // namespace capricorn
