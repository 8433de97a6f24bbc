// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <string>
#include <utility>
#include <variant>

#include "hand_over.hpp"
#include "program_start.hpp"
#include "serve.hpp"
#include "sole_process.hpp"
#include "stop_signals.hpp"
#include "supervisor.hpp"
#include "version.hpp"

namespace capricorn {
namespace {

Program program_of(const std::string& path, const Config& defaults) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return {.name = name,
          .usage = "Usage: " + name + " [OPTIONS]\n",
          .version = version_line(),
          .takes_app = false,
          .defaults = defaults};
}

/// A program may go on behind its server.
struct StopSignalsReleased {
  ~StopSignalsReleased() { release_stop_signals(); }
};

int run_with(Application& app, const Config& config, Supervisor::ReadConfig read_config) {
  if (config.loops > 1) {
    return print({1,
                  "Error: --loops needs an application for each loop: serve a module with the "
                  "capricorn binary.\n"});
  }
  const StopSignalsReleased at_end;
  if (wants_supervisor(config)) {
    return supervise(
        config, std::move(read_config),
        [&app](const Config& current, ServerParent& parent, std::vector<ListeningSocket> sockets) {
          return serve(app, current, parent, std::move(sockets));
        });
  }
  SoleProcess parent(config);
  return serve(app, config, parent);
}

}  // namespace

int run(Application& app, const Config& config) {
  return run_with(app, config, [&config] { return config; });
}

int run(Application& app, int argc, const char* const* argv, const Config& defaults) {
  remember_command(argv);
  const auto read = [argc, argv, &defaults] {
    return parse_command_line(argc, argv, program_of(argc > 0 ? argv[0] : "capricorn", defaults));
  };
  const auto parsed = read();
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  return prepare_environment(config) ? run_with(app, config, read) : 1;
}

}  // namespace capricorn
