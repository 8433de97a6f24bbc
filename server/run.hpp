// SPDX-License-Identifier: MIT
#pragma once

#include "../config/config.hpp"
#include "../http/application.hpp"

namespace capricorn {

/// Serves `app` on this thread until SIGINT or SIGTERM, then stops gracefully: uvicorn.run. Returns
/// the exit code: 0 done, 1 the address cannot be had, 3 the application failed to start.
int run(Application& app, const Config& config = {});
inline int run(Application&& app, const Config& config = {}) { return run(app, config); }

}  // namespace capricorn
