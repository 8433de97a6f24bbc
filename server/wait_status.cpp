// SPDX-License-Identifier: MIT
#include "wait_status.hpp"

#include <sys/wait.h>

#include <cstring>

namespace capricorn {

std::string cause_of_end(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit code " + std::to_string(WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

int exit_code_of(int wait_status) noexcept {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace capricorn
