// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <string>
#include <utility>
#include <variant>

#include "hand_over.hpp"
#include "pid_file.hpp"
#include "program_start.hpp"
#include "serve.hpp"
#include "supervisor.hpp"
#include "systemd.hpp"
#include "version.hpp"

namespace capricorn {
namespace {

/// Of a server that is the one process of its service.
class SystemdParent final : public ServerParent {
 public:
  explicit SystemdParent(const Config& config) noexcept : config_(config) {}

  void ready() override {
    pid_file_.write(config_.pid_file);
    systemd_.ready("serving");
  }
  void alive() override { systemd_.alive(); }
  void stopping() override { systemd_.stopping(); }

 private:
  const Config& config_;
  SystemdService systemd_;
  PidFile pid_file_;
};

Program program_of(const std::string& path, const Config& defaults) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return {.name = name,
          .usage = "Usage: " + name + " [OPTIONS]\n",
          .version = version_line(),
          .takes_app = false,
          .defaults = defaults};
}

int run_with(Application& app, const Config& config, Supervisor::ReadConfig read_config) {
  if (wants_supervisor(config)) {
    return supervise(
        config, std::move(read_config),
        [&app](const Config& current, std::vector<ListeningSocket> sockets, ServerParent& parent) {
          return serve(app, current, parent, std::move(sockets));
        });
  }
  SystemdParent parent(config);
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
