// SPDX-License-Identifier: MIT
#include "hand_over.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include "../config/env_file.hpp"

namespace capricorn {
namespace {

// A line "PID", and for each socket "FD ADMIN ASKED".
constexpr const char* kVariable = "CAPRICORN_HANDED_OVER";
constexpr std::string_view kFile = "unix ";
constinit const char* const* command = nullptr;

/// The number `text` begins with, which is taken off it with one character behind; -1 for none.
int take_number(std::string_view& text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return value;
}

/// systemd's watchdog means one process by its number; who takes that one's place must say so.
void take_watchdog_over() {
  const char* named = std::getenv("WATCHDOG_PID");
  if (!named || named != std::to_string(::getppid())) return;
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
}

}  // namespace

void remember_command(const char* const* argv) noexcept { command = argv; }

pid_t fork_successor() {
  const pid_t pid = ::fork();
  if (pid < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot start the new binary");
  }
  return pid;
}

void become_successor(const std::vector<ListeningSocket>& sockets) {
  std::string value = std::to_string(::getppid()) + "\n";
  for (const ListeningSocket& socket : sockets) {
    ::fcntl(socket.socket.fd(), F_SETFD, 0);  // stays open
    value += std::to_string(socket.socket.fd()) + (socket.admin ? " 1 " : " 0 ");
    value += socket.asked + "\n";
  }
  ::setenv(kVariable, value.c_str(), 1);
  take_watchdog_over();
  set_env_file_variables({});  // it reads the file itself, and options are not read from it
  if (command) ::execvp(command[0], const_cast<char* const*>(command));
  std::fprintf(stderr, "cannot start %s: %s\n", command ? command[0] : "?", std::strerror(errno));
  ::_exit(127);
}

std::optional<HandedOver> take_handed_over() {
  const char* value = std::getenv(kVariable);
  if (!value) return std::nullopt;
  const std::string text = value;
  ::unsetenv(kVariable);
  std::string_view rest = text;
  HandedOver handed{.predecessor = take_number(rest), .sockets = {}};
  while (!rest.empty()) {
    const int fd = take_number(rest);
    if (fd < 0) break;
    const bool admin = take_number(rest) == 1;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    const std::string_view asked = rest.substr(0, end);
    const bool has_file = asked.starts_with(kFile) && !asked.substr(kFile.size()).starts_with('@');
    handed.sockets.push_back({.socket = Socket(fd),
                              .path = std::string(has_file ? asked.substr(kFile.size()) : ""),
                              .asked = std::string(asked),
                              .admin = admin});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return handed;
}

}  // namespace capricorn
