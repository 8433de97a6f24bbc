// SPDX-License-Identifier: MIT
#include <variant>

#include "../../loop/log.hpp"
#include "../listener.hpp"
#include "../logging.hpp"
#include "../module.hpp"
#include "../program_start.hpp"
#include "../run.hpp"
#include "commands.hpp"

namespace capricorn {

int serve(int argc, char** argv) {
  const auto parsed = parse_command_line(argc, argv, binary_program());
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  if (!prepare_environment(config)) return 1;
  configure_logging(config);
  try {
    const LoadedApplication application = load_module(config.app, config.app_dir);
    return run(*application, config);
  } catch (const LoadError& error) {
    log(LogLevel::kError, error.what());
    return 3;
  } catch (const BindError& error) {
    log(LogLevel::kError, error.what());
    return 1;
  }
}

}  // namespace capricorn
