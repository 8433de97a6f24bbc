// SPDX-License-Identifier: MIT
#include <utility>
#include <variant>

#include "../first_process.hpp"
#include "../hand_over.hpp"
#include "../loop_group.hpp"
#include "../module.hpp"
#include "../program_start.hpp"
#include "../sole_process.hpp"
#include "../supervisor.hpp"
#include "commands.hpp"

namespace capricorn {
namespace {

int serve_module(const Config& config, ServerParent& parent, std::vector<ListeningSocket> sockets) {
  return serve_on_loops([&config] { return load_module(config.app, config.app_dir); }, config,
                        parent, std::move(sockets));
}

}  // namespace

int serve(int argc, char** argv) {
  remember_command(argv);
  const auto parse = [argc, argv] { return parse_command_line(argc, argv, binary_program()); };
  const auto read = [parse] { return read_options(parse); };
  const auto parsed = read();
  if (const auto* exit = std::get_if<ExitWith>(&parsed)) return print(*exit);
  const Config& config = std::get<Config>(parsed);
  if (wants_supervisor(config)) return supervise(config, read, &serve_module);
  leave_orphans_to_a_parent();  // as a supervisor does itself
  SoleProcess parent(config);
  return serve_module(config, parent, {});
}

}  // namespace capricorn
