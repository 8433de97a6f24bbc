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
#include "observation.hpp"
#include "server.hpp"
#include "stop_signals.hpp"

namespace capricorn {
namespace {

/// uvicorn's names mean the best there is.
std::string selector_of(const std::string& loop) {
  return loop == "none" || loop == "asyncio" || loop == "uvloop" ? "auto" : loop;
}

/// Those of the figures and probes, out of all.
std::vector<ListeningSocket> take_admin_sockets(std::vector<ListeningSocket>& all) {
  std::vector<ListeningSocket> admin;
  for (ListeningSocket& socket : all) {
    if (socket.admin) admin.push_back(std::move(socket));
  }
  std::erase_if(all, [](const ListeningSocket& socket) { return socket.admin; });
  return admin;
}

}  // namespace

bool prepare_process(const Config& config) {
  if (!start_logging(config)) return false;
  std::signal(SIGPIPE, SIG_IGN);
  report_crashes();
  return_freed_memory();  // one large upload must not leave the process large for ever
  return true;
}

int serve(Application& app, const Config& config, ServerParent& parent,
          std::vector<ListeningSocket> sockets) {
  if (!prepare_process(config)) return 1;
  return serve_loop(app, config, parent, std::move(sockets));
}

int serve_loop(Application& app, const Config& config, ServerParent& parent,
               std::vector<ListeningSocket> sockets) {
  Loop loop(make_selector(selector_of(config.loop)));
  std::optional<Watchdog> watchdog;
  if (config.watchdog_timeout > Duration::zero()) {
    // No application's sink runs on its thread: what that has open would not be there.
    const auto report = [](std::string_view text) { log_message(LogLevel::kWarning, text); };
    watchdog.emplace(loop, WatchdogOptions{.threshold = config.watchdog_timeout,
                                           .dumps_on_sigquit = true,
                                           .own_descriptors = true,
                                           .report = report});
  }
  HttpServer server(app, config, loop, &parent);
  Observation observation(config, server, loop, parent);
  std::vector<ListeningSocket> admin = take_admin_sockets(sockets);
  server.take_sockets(std::move(sockets));
  parent.serving([&loop, &server] { loop.call_soon_threadsafe([&server] { server.stop(); }); });
  const int exit_code = loop.run_until_complete(observation.serve(std::move(admin)));
  parent.serving({});
  if (parent.speaks_for_process()) hold_stop_signals();  // the loop's handlers go with it
  shut_down(loop);
  return exit_code;
}

}  // namespace capricorn
