// SPDX-License-Identifier: MIT
#include "passed_sockets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "../loop/parse_number.hpp"

namespace capricorn {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START

std::optional<long> number_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? parse_number<long>(text) : std::nullopt;
}

std::vector<PassedSocket> passed() {
  const std::optional<long> pid = number_of("LISTEN_PID");
  const std::optional<long> count = number_of("LISTEN_FDS");
  std::vector<PassedSocket> sockets;
  if (!pid || *pid != ::getpid() || !count || *count < 1 || *count > 4096) return sockets;
  const char* all = std::getenv("LISTEN_FDNAMES");
  std::string_view names = all ? all : "";
  for (int fd = kFirst; fd < kFirst + *count; ++fd) {
    const std::size_t end = std::min(names.find(':'), names.size());
    sockets.push_back({fd, std::string(names.substr(0, end))});
    names.remove_prefix(std::min(end + 1, names.size()));
    static_cast<void>(::fcntl(fd, F_SETFD, FD_CLOEXEC));  // one that is not open is told later
  }
  return sockets;
}

}  // namespace

std::vector<PassedSocket> take_passed_sockets() {
  std::vector<PassedSocket> sockets = passed();
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
  return sockets;
}

}  // namespace capricorn
