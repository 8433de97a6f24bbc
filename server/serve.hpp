// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "../config/config.hpp"
#include "../http/application.hpp"
#include "server_parent.hpp"
#include "sockets.hpp"

namespace capricorn {

class ForcedEnd;

/// What is the same for all loops of a process: logs, signals, memory. False, and told, where a log
/// file cannot be opened.
bool prepare_process(const Config& config);

/// `run` for who has a parent: one loop on this thread until it is told to stop. Serves on
/// `sockets`, which stay its parent's too, or opens its own where there are none.
int serve(Application& app, const Config& config, ServerParent& parent,
          std::vector<ListeningSocket> sockets = {});
/// The same in a process that is prepared. `forced_end` on the thread that takes its signals, null
/// on others.
int serve_loop(Application& app, const Config& config, ServerParent& parent,
               std::vector<ListeningSocket> sockets, ForcedEnd* forced_end);

}  // namespace capricorn
