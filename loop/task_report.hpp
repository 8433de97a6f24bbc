// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "loop.hpp"

namespace capricorn {

/// What `format_tasks` tells of one live task, for programs.
struct TaskReport {
  struct Frame {
    std::string function;
    std::string place;  // "app.cpp:42": its last co_await
  };
  enum class State : unsigned char { kNotStarted, kRunning, kSuspended, kDone };

  std::string name;
  std::string label;  // a server's route, "" without
  State state = State::kSuspended;
  Duration suspended_for{};
  std::string created_at;
  std::vector<Frame> frames;            // the outermost first
  std::vector<std::size_t> awaited_by;  // those that wait for it, by their index in the list
};

/// All live tasks, in the order in which they were created. Of very many the first `most`; of a
/// deep one the outermost and the innermost frames. Loop's thread only.
std::vector<TaskReport> report_tasks(Loop& loop, std::size_t most = 10000);

}  // namespace capricorn
