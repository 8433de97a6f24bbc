// SPDX-License-Identifier: MIT
#include "task_report.hpp"

#include <map>

#include "source_name.hpp"
#include "task_core.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kFramesATask = 50;

TaskReport::State state_of(const TaskCore& task) {
  switch (task.state()) {
    case TaskState::kCreated: return TaskReport::State::kNotStarted;
    case TaskState::kRunning: return TaskReport::State::kRunning;
    case TaskState::kClosed: return TaskReport::State::kDone;
    case TaskState::kSuspended: break;
  }
  return TaskReport::State::kSuspended;
}

std::vector<TaskReport::Frame> frames_of(const TaskCore& task) {
  std::vector<const PromiseBase*> found;
  for (const PromiseBase* each = task.innermost(); each; each = each->parent()) {
    found.push_back(each);
  }
  if (found.empty() && task.outermost()) found.push_back(task.outermost());
  std::vector<TaskReport::Frame> frames;
  for (std::size_t i = found.size(); i > 0; --i) {
    const bool left_out =
        found.size() > kFramesATask && i > kFramesATask / 2 && found.size() - i >= kFramesATask / 2;
    if (left_out) continue;
    const std::source_location place = found[i - 1]->waits_at();
    frames.push_back({function_name(place), file_and_line(place)});
  }
  return frames;
}

}  // namespace

std::vector<TaskReport> report_tasks(Loop& loop, std::size_t most) {
  std::vector<TaskReport> reports;
  std::map<const TaskCore*, std::size_t> indices;
  loop.tasks().for_each([&](TaskListNode& node) {
    const auto& task = static_cast<TaskCore&>(node);
    if (reports.size() == most) return;
    indices.emplace(&task, reports.size());
    const TaskGlance glance = task.glance();
    TaskReport report{.name = glance.name,
                      .label = glance.label,
                      .state = state_of(task),
                      .created_at = file_and_line(task.created_at()),
                      .frames = frames_of(task)};
    if (!glance.named && glance.has_coroutine) {
      report.name += " " + function_name(glance.coroutine) + "()";
    }
    if (report.state == TaskReport::State::kSuspended) {
      report.suspended_for = loop.time() - task.suspended_since();
    }
    reports.push_back(std::move(report));
  });
  loop.tasks().for_each([&](TaskListNode& node) {
    auto& task = static_cast<TaskCore&>(node);
    const auto self = indices.find(&task);
    if (self == indices.end()) return;
    task.for_each_waiting_task([&](TaskCore& parent) {
      const auto found = indices.find(&parent);
      if (found != indices.end()) reports[self->second].awaited_by.push_back(found->second);
    });
  });
  return reports;
}

}  // namespace capricorn
