// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include <string>

#include "../program_start.hpp"
#include "../version.hpp"

namespace capricorn {
namespace {

int help(int, char** argv) {
  char flag[] = "--help";
  char* arguments[] = {argv[0], flag};
  return serve(2, arguments);
}

constexpr Command kCommands[] = {
    {"dev", "[OPTIONS] FILE.cpp", "Compile FILE and serve it; again whenever it is saved.", &dev},
    {"new", "NAME", "Write a small project with tests, for Meson and CMake.", &new_project},
    {"check", "[OPTIONS] APP", "Validate the options and load APP, without serving.", &check},
    {"healthcheck", "--url URL", "Exit with 0 where a server answers.", &healthcheck},
    {"settings", "--format FORMAT", "Print all settings as markdown, toml or json.", &settings,
     false},
    {"tasks", "PID", "Print the tasks of a running server as a tree.", &tasks, false},
    {"top", "[--once] PID", "Watch a running server and its workers.", &top, false},
    {"help", "", "Print this.", &help},
};

}  // namespace

std::span<const Command> commands() noexcept { return kCommands; }

int help_of(const Command& command) {
  return print({0, "Usage: capricorn " + std::string(command.name) + " " +
                       std::string(command.arguments) + "\n\n" + std::string(command.summary) +
                       "\n"});
}

Program binary_program() {
  constexpr std::size_t kColumn = 34;
  std::string usage =
      "Usage: capricorn [OPTIONS] APP\n"
      "       capricorn COMMAND ...\n\n"
      "Serves APP, a shared object path.so[:name].\n\n"
      "Commands:\n";
  for (const Command& command : commands()) {
    std::string line = "  " + std::string(command.name) + " " + std::string(command.arguments);
    line.append(line.size() < kColumn ? kColumn - line.size() : 1, ' ');
    usage += line + std::string(command.summary) + "\n";
  }
  return {.usage = std::move(usage), .version = version_line()};
}

}  // namespace capricorn
