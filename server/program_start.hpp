// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "../config/command_line.hpp"

namespace capricorn {

// What every main function of a program with options does first.

/// Where standard input, output or error is closed, /dev/null is in its place, and no socket: what
/// has its number gets what is written to it.
void open_standard_streams() noexcept;

/// Writes an answer of the command line to where it belongs; its exit code, or 1 where that is
/// full.
int print(const ExitWith& answer);

/// The sentences of a refusal in one line of the log, without where to find help.
std::string one_line(const ExitWith& refusal);

/// Options as `parse` reads them, and the application's environment from their `--env-file`, in the
/// place of what a former one has set: options are not read from that. Where either is refused, the
/// environment stays as it was.
std::variant<Config, ExitWith> read_options(
    const std::function<std::variant<Config, ExitWith>()>& parse);

}  // namespace capricorn
