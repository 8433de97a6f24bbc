// SPDX-License-Identifier: MIT
#include "serve.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "../loop/platform.hpp"
#include "../loop/run.hpp"
#include "../loop/watchdog.hpp"
#include "crash_report.hpp"
#include "logging.hpp"
#include "server.hpp"

namespace capricorn {
namespace {

/// uvicorn's names mean the best there is.
std::string selector_of(const std::string& loop) {
  return loop == "none" || loop == "asyncio" || loop == "uvloop" ? "auto" : loop;
}

}  // namespace

int serve(Application& app, const Config& config, ServerParent& parent,
          std::vector<ListeningSocket> sockets) {
  configure_logging(config);
  std::signal(SIGPIPE, SIG_IGN);
  report_crashes();
  return_freed_memory();  // one large upload must not leave the process large for ever
  Loop loop(make_selector(selector_of(config.loop)));
  std::optional<Watchdog> watchdog;
  if (config.watchdog_timeout > Duration::zero()) {
    watchdog.emplace(
        loop, WatchdogOptions{.threshold = config.watchdog_timeout, .dumps_on_sigquit = true});
  }
  HttpServer server(app, config, loop, &parent);
  server.take_sockets(std::move(sockets));
  const int exit_code = loop.run_until_complete(server.serve());
  shut_down(loop);
  return exit_code;
}

}  // namespace capricorn
