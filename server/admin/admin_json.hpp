// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "../sibling_loops.hpp"
#include "slow_callbacks.hpp"

namespace capricorn {

class Loop;
class Metrics;

// What one loop tells of itself, as JSON arrays. Its thread.
/// Its live tasks as trees: each below the one that waits for it, in full once.
std::string task_trees_json(Loop& loop);
std::string slow_callbacks_json(const std::vector<SlowCallbacks::Record>& slow);

// What is answered for the process. Where it has several loops each thing has its loop's number,
// and those that did not answer are named.
std::string tasks_json(const SiblingLoops::Answers& trees);
/// The same for people, of `format_tasks`.
std::string tasks_text(const SiblingLoops::Answers& texts);
/// All workers' figures, all requests by route, and the process's slowest callbacks.
std::string figures_json(const Metrics& metrics, const SiblingLoops::Answers& slow);

}  // namespace capricorn
