// SPDX-License-Identifier: MIT
#include "program_start.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "../config/env_file.hpp"

namespace capricorn {

void open_standard_streams() noexcept {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest number that is free is taken. Where there is no such device there is none.
    const bool closed = ::fcntl(fd, F_GETFD) < 0 && errno == EBADF;
    if (closed) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

int print(const ExitWith& answer) {
  std::fputs(answer.text.c_str(), answer.code == 0 ? stdout : stderr);
  return answer.code;
}

bool prepare_environment(const Config& config) {
  if (config.env_file.empty()) return true;
  const std::vector<std::string> mistakes = load_env_file(config.env_file);
  for (const std::string& mistake : mistakes) print({1, "Error: " + mistake + "\n"});
  return mistakes.empty();
}

}  // namespace capricorn
