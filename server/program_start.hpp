// SPDX-License-Identifier: MIT
#pragma once

#include "../config/command_line.hpp"

namespace capricorn {

// What every main function of a program with options does first.

/// Where standard input, output or error is closed, /dev/null is in its place, and no socket: what
/// has its number gets what is written to it.
void open_standard_streams() noexcept;

/// Writes an answer of the command line to where it belongs; its exit code, or 1 where that is
/// full.
int print(const ExitWith& answer);

/// Sets the application's environment from `--env-file`; false, and told, where it cannot be.
bool prepare_environment(const Config& config);

}  // namespace capricorn
