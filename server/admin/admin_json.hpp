// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "slow_callbacks.hpp"

namespace capricorn {

class Loop;
class Metrics;

/// The loop's live tasks as a tree: each below the one that waits for it, in full once.
std::string tasks_json(Loop& loop);

/// All workers' figures, all requests by route, and the asked worker's slowest callbacks.
std::string figures_json(const Metrics& metrics, const std::vector<SlowCallbacks::Record>& slow);

}  // namespace capricorn
