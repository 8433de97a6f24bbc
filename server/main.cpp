// SPDX-License-Identifier: MIT
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string_view>

#include "commands/commands.hpp"

namespace {

int start(int argc, char** argv) {
  const auto commands = capricorn::commands();
  const std::string_view name = argc > 1 ? argv[1] : "";
  const auto command = std::ranges::find(commands, name, &capricorn::Command::name);
  if (command == commands.end()) return capricorn::serve(argc, argv);
  const std::string_view first = argc > 2 ? argv[2] : "";
  const bool asks = first == "--help" || first == "-h";
  return asks && !command->has_help ? help_of(*command) : command->run(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return start(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
  } catch (...) {
    std::fputs("Error: an exception of unknown type\n", stderr);
  }
  return 3;
}
