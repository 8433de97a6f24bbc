// SPDX-License-Identifier: MIT
#include "program_start.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

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

std::variant<Config, ExitWith> read_options(
    const std::function<std::variant<Config, ExitWith>()>& parse) {
  const EnvVariables former = env_file_variables();
  set_env_file_variables({});
  auto parsed = parse();
  ExitWith refusal{1, ""};
  if (const Config* config = std::get_if<Config>(&parsed)) {
    for (const std::string& mistake : load_env_file(config->env_file)) {
      refusal.text += "Error: " + mistake + "\n";
    }
    if (refusal.text.empty()) return parsed;
    parsed = std::move(refusal);
  }
  set_env_file_variables(former);
  return parsed;
}

}  // namespace capricorn
