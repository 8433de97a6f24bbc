// SPDX-License-Identifier: MIT
#pragma once

#include "../config/config.hpp"
#include "../http/application.hpp"

namespace capricorn {

/// Serves `app` on this thread until SIGINT or SIGTERM, then stops gracefully: uvicorn.run. Returns
/// the exit code: 0 done, 1 the address cannot be had, 3 the application failed to start.
int run(Application& app, const Config& config = {});
inline int run(Application&& app, const Config& config = {}) { return run(app, config); }

/// The same for a main function of your own, which then takes the options of `capricorn` (all but
/// APP), their environment variables and `--config`, over these defaults:
/// `int main(int argc, char** argv) { return run(make_app(), argc, argv, {.port = 9000}); }`.
/// Prints what --help, --version and mistakes ask for; 1 for a mistake.
int run(Application& app, int argc, const char* const* argv, const Config& defaults = {});
inline int run(Application&& app, int argc, const char* const* argv, const Config& defaults = {}) {
  return run(app, argc, argv, defaults);
}

}  // namespace capricorn
