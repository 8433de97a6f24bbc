// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>

#include "config.hpp"

namespace capricorn {

/// The command line asked for no server: what to print and the exit code. A code other than 0 goes
/// to standard error.
struct ExitWith {
  int code = 0;
  std::string text;
};

/// What is particular to a program that takes the options.
struct Program {
  std::string name = "capricorn";
  std::string usage = "Usage: capricorn [OPTIONS] APP\n";  // --help begins with it
  std::string version;                                     // --version prints it
  bool takes_app = true;
  std::string expects = "path.so[:name]";  // as APP
  Config defaults = {};
};

/// The command line before the environment (CAPRICORN_PORT, else UVICORN_PORT, else PORT) before a
/// file (--config, else CAPRICORN_CONFIG) before the program's defaults. Where something is wrong,
/// each mistake is a sentence, and the exit code 1.
std::variant<Config, ExitWith> parse_command_line(int argc, const char* const* argv,
                                                  const Program& program = {});

}  // namespace capricorn
