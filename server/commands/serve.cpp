// SPDX-License-Identifier: MIT
#include "../serve.hpp"

#include <utility>
#include <variant>

#include "../../loop/log.hpp"
#include "../hand_over.hpp"
#include "../logging.hpp"
#include "../module.hpp"
#include "../program_start.hpp"
#include "../run.hpp"
#include "../supervisor.hpp"
#include "commands.hpp"

namespace capricorn {
namespace {

/// Loads the application and has it served by `run`.
template <class Run>
int serve_module(const Config& config, Run run) {
  if (!start_logging(config)) return 1;
  try {
    const LoadedApplication application = load_module(config.app, config.app_dir);
    return run(*application);
  } catch (const LoadError& error) {
    log(LogLevel::kError, error.what());
    return 3;
  }
}

}  // namespace

int serve(int argc, char** argv) {
  remember_command(argv);
  const auto read = [argc, argv] { return parse_command_line(argc, argv, binary_program()); };
  const auto parsed = read();
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  if (!prepare_environment(config)) return 1;
  if (!wants_supervisor(config)) {
    return serve_module(config, [&](Application& application) { return run(application, config); });
  }
  return supervise(
      config, read,
      [](const Config& current, std::vector<ListeningSocket> sockets, ServerParent& parent) {
        return serve_module(current, [&](Application& application) {
          return serve(application, current, parent, std::move(sockets));
        });
      });
}

}  // namespace capricorn
