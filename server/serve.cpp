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
#include "forced_end.hpp"
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

/// Without a watchdog nobody answers it, and who asks all workers for their tasks does not mean
/// their end.
void ignore_quit() noexcept {
  struct sigaction found{};
  if (::sigaction(SIGQUIT, nullptr, &found) == 0 && found.sa_handler == SIG_DFL) {
    std::signal(SIGQUIT, SIG_IGN);
  }
}

}  // namespace

bool prepare_process(const Config& config) {
  if (!start_logging(config)) return false;
  std::signal(SIGPIPE, SIG_IGN);
  let_stop_signals_end_the_first_process();
  if (config.watchdog_timeout <= Duration::zero()) ignore_quit();
  report_crashes();
  return_freed_memory();  // one large upload must not leave the process large for ever
  return true;
}

int serve(Application& app, const Config& config, ServerParent& parent,
          std::vector<ListeningSocket> sockets) {
  hold_server_signals();
  if (!prepare_process(config)) return 1;
  ForcedEnd forced_end(parent);
  return serve_loop(app, config, parent, std::move(sockets), &forced_end);
}

int serve_loop(Application& app, const Config& config, ServerParent& parent,
               std::vector<ListeningSocket> sockets, ForcedEnd* forced_end) {
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
  if (forced_end) deliver(SIGQUIT);
  HttpServer server(app, config, loop, &parent);
  const auto stop = [&loop, &server] { loop.call_soon_threadsafe([&server] { server.stop(); }); };
  if (forced_end) {
    forced_end->server_begins(stop, loop.wake_descriptor());
    server.when_stoppable([forced_end] { forced_end->count_signals(); });
    server.when_stopping(
        [forced_end](bool forced) { forced ? forced_end->force() : forced_end->begin(); });
  }
  Observation observation(config, server, loop, parent);
  std::vector<ListeningSocket> admin = take_admin_sockets(sockets);
  server.take_sockets(std::move(sockets));
  parent.serving(stop);
  int exit_code = 3;
  try {
    exit_code = loop.run_until_complete(observation.serve(std::move(admin)));
  } catch (...) {  // passes through, once nothing uses the server any more: it goes before the loop
    parent.serving({});
    if (forced_end) forced_end->server_ended(exit_code);
    server.end();
    shut_down(loop);
    throw;
  }
  parent.serving({});
  if (forced_end) {  // the loop's handlers go with it
    forced_end->server_ended(exit_code);
    hold_stop_signals();
    hold_server_signals();
    if (watchdog) deliver(SIGQUIT);  // as long as it is there
  }
  shut_down(loop);
  if (forced_end) hold_server_signals();
  return exit_code;
}

}  // namespace capricorn
