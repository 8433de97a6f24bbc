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

/// The command line before the environment (CAPRICORN_PORT, else UVICORN_PORT, else PORT) before
/// the defaults.
std::variant<Config, ExitWith> parse_command_line(int argc, const char* const* argv);

}  // namespace capricorn
