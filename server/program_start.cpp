// SPDX-License-Identifier: MIT
#include "program_start.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
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
  std::FILE* const place = answer.code == 0 ? stdout : stderr;
  const bool written = std::fputs(answer.text.c_str(), place) >= 0 && std::fflush(place) == 0;
  if (written || answer.code != 0) return answer.code;
  std::fprintf(stderr, "Error: cannot write to standard output: %s.\n", std::strerror(errno));
  return 1;
}

std::string one_line(const ExitWith& refusal) {
  constexpr std::string_view kError = "Error: ";
  std::string_view text = refusal.text;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view sentence = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!sentence.starts_with(kError)) continue;
    line.append(sentence.substr(kError.size())).append(" ");
  }
  return line;
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
