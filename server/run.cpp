// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

#include "hand_over.hpp"
#include "loop_group.hpp"
#include "module.hpp"
#include "program_start.hpp"
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
struct SignalsReleased {
  ~SignalsReleased() { release_signals(); }
};

int run_with(const ApplicationFactory& factory, const Config& config,
             Supervisor::ReadConfig read_config) {
  const SignalsReleased at_end;
  if (wants_supervisor(config)) {
    return supervise(config, std::move(read_config),
                     [&factory](const Config& current, ServerParent& parent,
                                std::vector<ListeningSocket> sockets) {
                       return serve_on_loops(factory, current, parent, std::move(sockets));
                     });
  }
  SoleProcess parent(config);
  return serve_on_loops(factory, config, parent);
}

/// Of an application that is there already, and stays its owner's.
ApplicationFactory factory_of(Application& app) {
  return [&app] { return LoadedApplication(&app, [](Application*) {}); };
}

/// What the maker is for may not be made for several threads.
ApplicationFactory factory_of(detail::ApplicationMaker maker) {
  return [maker, mutex = std::make_shared<std::mutex>()] {
    const std::lock_guard one_at_a_time(*mutex);
    try {
      return LoadedApplication(maker.make(maker.factory).release(),
                               [](Application* app) { delete app; });
    } catch (const std::exception& error) {
      throw LoadError(std::string("Error loading application: its factory threw: ") + error.what());
    }
  };
}

/// What becomes of options that want several loops where there is one application.
std::variant<Config, ExitWith> for_one_loop(std::variant<Config, ExitWith> parsed) {
  const Config* config = std::get_if<Config>(&parsed);
  if (!config || config->loops <= 1) return parsed;
  return ExitWith{
      1,
      "Error: --loops needs an application for each loop: call run with a function that makes one, "
      "run([] { return make_app(); }, ...), or serve a module with the capricorn binary.\n"};
}

/// A main function's whole work. `read` gives its options, also at each reload.
int run_main(const ApplicationFactory& factory, const char* const* argv,
             Supervisor::ReadConfig read) {
  remember_command(argv);
  const auto parsed = read();
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  return prepare_environment(config) ? run_with(factory, config, std::move(read)) : 1;
}

std::variant<Config, ExitWith> read_options(int argc, const char* const* argv,
                                            const Config& defaults) {
  return parse_command_line(argc, argv, program_of(argc > 0 ? argv[0] : "capricorn", defaults));
}

}  // namespace

int run(Application& app, const Config& config) {
  const auto checked = for_one_loop(config);
  if (const auto* exit = std::get_if<ExitWith>(&checked)) return print(*exit);
  return run_with(factory_of(app), config, [&config] { return config; });
}

int run(Application& app, int argc, const char* const* argv, const Config& defaults) {
  return run_main(factory_of(app), argv,
                  [&] { return for_one_loop(read_options(argc, argv, defaults)); });
}

int detail::run(ApplicationMaker maker, const Config& config) {
  return run_with(factory_of(maker), config, [&config] { return config; });
}

int detail::run(ApplicationMaker maker, int argc, const char* const* argv, const Config& defaults) {
  return run_main(factory_of(maker), argv, [&] { return read_options(argc, argv, defaults); });
}

}  // namespace capricorn
