// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace capricorn {

// How a process ended, as waitpid tells.

/// "exit code 3", "killed by signal 11 (Segmentation fault)".
std::string cause_of_end(int wait_status);

/// As a shell tells of who was ended by a signal.
int exit_code_of(int wait_status) noexcept;

}  // namespace capricorn
