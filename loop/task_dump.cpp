// SPDX-License-Identifier: MIT
#include "task_dump.hpp"

#include <cstdio>
#include <map>
#include <set>
#include <vector>

#include "source_name.hpp"
#include "task_core.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kDeepestTask = 50;
constexpr std::size_t kFramesATask = 50;

std::string state_of(const TaskCore& task) {
  switch (task.state()) {
    case TaskState::kCreated: return "not started";
    case TaskState::kRunning: return "running";
    case TaskState::kClosed: return "done";
    case TaskState::kSuspended: break;
  }
  const Duration since = task.loop().time() - task.suspended_since();
  char text[48];
  std::snprintf(text, sizeof text, "suspended for %.3f s",
                std::chrono::duration<double>(since).count());
  return text;
}

/// Template arguments can be longer than everything else.
std::string shortened(const std::string& name) {
  constexpr std::size_t kLongest = 24;
  std::string text;
  std::size_t begin = 0;
  int depth = 0;
  for (const char c : name) {
    if (c == '<' && depth++ == 0) begin = text.size();
    text += c;
    if (c == '>' && depth > 0 && --depth == 0 && text.size() - begin > kLongest) {
      text.replace(begin, text.npos, "<…>");
    }
  }
  return text;
}

class Tree {
 public:
  explicit Tree(Loop& loop) {
    loop.tasks().for_each([this](TaskListNode& node) {
      auto& task = static_cast<TaskCore&>(node);
      tasks_.push_back(&task);
      task.for_each_waiting_task([&](TaskCore& parent) {
        std::vector<TaskCore*>& below = children_[&parent];
        if (below.empty() || below.back() != &task) below.push_back(&task);
        have_parent_.insert(&task);
      });
    });
  }

  std::string format() {
    text_ = std::to_string(tasks_.size()) + (tasks_.size() == 1 ? " task\n" : " tasks\n");
    for (const TaskCore* task : tasks_) {
      if (!have_parent_.contains(task)) add(*task, "", "", 0);
    }
    // Tasks that wait for one another in a circle, and what lay too deep.
    for (const TaskCore* task : tasks_) {
      if (!shown_.contains(task)) add(*task, "", "", 0);
    }
    return std::move(text_);
  }

 private:
  void add(const TaskCore& task, const std::string& first, const std::string& indent,
           std::size_t depth) {
    text_ += first + "(T) " + task.glance().title();
    if (!shown_.insert(&task).second) {
      text_ += ", as above\n";
      return;
    }
    text_ += ", " + state_of(task) + ", created at " + file_and_line(task.created_at()) + "\n";
    const auto found = children_.find(&task);
    const std::size_t below = found == children_.end() ? 0 : found->second.size();
    add_frames(task, indent + (below > 0 ? "│   " : "    "));
    for (std::size_t i = 0; i < below; ++i) {
      const TaskCore& child = *found->second[i];
      const bool last = i + 1 == below;
      if (depth == kDeepestTask) {
        text_ += indent + "└── … deeper ones follow\n";
        return;
      }
      add(child, indent + (last ? "└── " : "├── "), indent + (last ? "    " : "│   "), depth + 1);
    }
  }

  void add_frames(const TaskCore& task, const std::string& indent) {
    std::vector<const PromiseBase*> frames;
    for (const PromiseBase* each = task.innermost(); each; each = each->parent()) {
      frames.push_back(each);
    }
    if (frames.empty() && task.outermost()) frames.push_back(task.outermost());
    const std::size_t count = frames.size();
    for (std::size_t i = count; i > 0; --i) {
      if (count > kFramesATask && i == count - kFramesATask / 2) {
        text_ += indent + "… " + std::to_string(count - kFramesATask) + " more\n";
        i = kFramesATask / 2;
      }
      const std::source_location place = frames[i - 1]->waits_at();
      text_ +=
          indent + "in " + shortened(function_name(place)) + "() at " + file_and_line(place) + "\n";
    }
  }

  std::vector<TaskCore*> tasks_;
  std::map<const TaskCore*, std::vector<TaskCore*>> children_;
  std::set<const TaskCore*> have_parent_;
  std::set<const TaskCore*> shown_;
  std::string text_;
};

}  // namespace

std::string format_tasks(Loop& loop) { return Tree(loop).format(); }

}  // namespace capricorn
