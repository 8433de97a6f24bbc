// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

#include "first_process.hpp"
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

/// The whole work of a main function. `parse` gives its options, also at each reload.
int run_main(const ApplicationFactory& factory, Supervisor::ReadConfig parse) {
  open_standard_streams();
  const auto read = [parse = std::move(parse)] { return read_options(parse); };
  const auto options = read();
  if (const auto* exit = std::get_if<ExitWith>(&options)) return print(*exit);
  const SignalsReleased at_end;
  const Config& config = std::get<Config>(options);
  if (wants_supervisor(config)) {
    return supervise(config, read,
                     [&factory](const Config& current, ServerParent& parent,
                                std::vector<ListeningSocket> sockets) {
                       return serve_on_loops(factory, current, parent, std::move(sockets));
                     });
  }
  if (is_alone()) leave_orphans_to_a_parent();  // as a supervisor does itself
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
    } catch (...) {
      throw LoadError("Error loading application: its factory threw what is no std::exception.");
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

std::variant<Config, ExitWith> parse_options(int argc, const char* const* argv,
                                             const Config& defaults) {
  return parse_command_line(argc, argv, program_of(argc > 0 ? argv[0] : "capricorn", defaults));
}

}  // namespace

int run(Application& app, const Config& config) {
  return run_main(factory_of(app), [&config] { return for_one_loop(config); });
}

int run(Application& app, int argc, const char* const* argv, const Config& defaults) {
  remember_command(argv);
  return run_main(factory_of(app),
                  [&] { return for_one_loop(parse_options(argc, argv, defaults)); });
}

int detail::run(ApplicationMaker maker, const Config& config) {
  return run_main(factory_of(maker), [&config] { return config; });
}

int detail::run(ApplicationMaker maker, int argc, const char* const* argv, const Config& defaults) {
  remember_command(argv);
  return run_main(factory_of(maker), [&] { return parse_options(argc, argv, defaults); });
}

}  // namespace capricorn
