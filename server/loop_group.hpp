// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "../config/config.hpp"
#include "module.hpp"
#include "server_parent.hpp"
#include "sockets.hpp"

namespace capricorn {

/// Makes an application, once for each loop and on its thread. Throws LoadError.
using ApplicationFactory = std::function<LoadedApplication()>;

/// `serve` on `config.loops` loops, each on a thread of its own, the first on this one: with an
/// application, a lifespan and connections of its own. What they share is the process's memory.
/// They start and stop together; where one cannot start, or hangs, they all count as such. The exit
/// code; 3 where an application cannot be made or the system refuses what a loop needs, 1 where an
/// address cannot be had, and told.
int serve_on_loops(const ApplicationFactory& factory, const Config& config, ServerParent& parent,
                   std::vector<ListeningSocket> sockets = {});

}  // namespace capricorn
