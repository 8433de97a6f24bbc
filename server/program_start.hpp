// SPDX-License-Identifier: MIT
#pragma once

#include "../config/command_line.hpp"

namespace capricorn {

// What every main function of a program with options does first.

/// Writes an answer of the command line to where it belongs; its exit code.
int print(const ExitWith& answer);

/// Sets the application's environment from `--env-file`; false, and told, where it cannot be.
bool prepare_environment(const Config& config);

}  // namespace capricorn
