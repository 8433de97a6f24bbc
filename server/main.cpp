// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "../config/config_builder.hpp"
#include "commands/commands.hpp"
#include "program_start.hpp"

namespace {

/// Of a word that stands for an application, but names no file and looks like a command: which one.
std::string command_meant(const std::string& name) {
  const bool plain = name.find_first_of("./:-") == name.npos;
  if (name.empty() || !plain || ::access(name.c_str(), F_OK) == 0) return {};
  std::vector<std::string> names;
  for (const capricorn::Command& each : capricorn::commands()) names.emplace_back(each.name);
  return capricorn::did_you_mean(name, names, "capricorn ");
}

int start(int argc, char** argv) {
  const auto commands = capricorn::commands();
  const std::string_view name = argc > 1 ? argv[1] : "";
  const auto command = std::ranges::find(commands, name, &capricorn::Command::name);
  if (command == commands.end()) {
    const std::string hint = command_meant(std::string(name));
    if (hint.empty()) return capricorn::serve(argc, argv);
    std::fprintf(stderr, "Error: No such command: %s.%s\n", argv[1], hint.c_str());
    return 1;
  }
  const std::string_view first = argc > 2 ? argv[2] : "";
  const bool asks = first == "--help" || first == "-h";
  return asks && !command->has_help ? help_of(*command) : command->run(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  capricorn::open_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // ignored, as it may be inherited, it leaves no child to wait for
  try {
    return start(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
  } catch (...) {
    std::fputs("Error: an exception of unknown type\n", stderr);
  }
  return 3;
}
