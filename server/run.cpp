// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <variant>

#include "../loop/platform.hpp"
#include "../loop/run.hpp"
#include "../loop/watchdog.hpp"
#include "logging.hpp"
#include "program_start.hpp"
#include "server.hpp"
#include "version.hpp"

namespace capricorn {
namespace {

/// uvicorn's names mean the best there is.
std::string selector_of(const std::string& loop) {
  return loop == "none" || loop == "asyncio" || loop == "uvloop" ? "auto" : loop;
}

Program program_of(const std::string& path, const Config& defaults) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return {.name = name,
          .usage = "Usage: " + name + " [OPTIONS]\n",
          .version = version_line(),
          .takes_app = false,
          .defaults = defaults};
}

}  // namespace

int run(Application& app, const Config& config) {
  configure_logging(config);
  std::signal(SIGPIPE, SIG_IGN);
  return_freed_memory();  // one large upload must not leave the process large for ever
  Loop loop(make_selector(selector_of(config.loop)));
  std::optional<Watchdog> watchdog;
  if (config.watchdog_timeout > Duration::zero()) {
    watchdog.emplace(
        loop, WatchdogOptions{.threshold = config.watchdog_timeout, .dumps_on_sigquit = true});
  }
  HttpServer server(app, config, loop);
  const int exit_code = loop.run_until_complete(server.serve());
  shut_down(loop);
  return exit_code;
}

int run(Application& app, int argc, const char* const* argv, const Config& defaults) {
  const Program program = program_of(argc > 0 ? argv[0] : "capricorn", defaults);
  const auto parsed = parse_command_line(argc, argv, program);
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  return prepare_environment(config) ? run(app, config) : 1;
}

}  // namespace capricorn
