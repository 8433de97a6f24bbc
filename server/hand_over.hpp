// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "sockets.hpp"

namespace capricorn {

/// The listening sockets of a server that goes on in a new binary: same process family, same
/// command, other code.
struct HandedOver {
  pid_t predecessor = 0;  // waits to be told to stop, by SIGTERM
  std::vector<ListeningSocket> sockets;
};

/// First thing in main(): how this process was called, to call its successor the same.
void remember_command(const char* const* argv) noexcept;

/// Starts the program anew, from its path, with these sockets; `in_child` runs in the child before.
/// Throws std::system_error where there is no process to be had; a program that cannot be started
/// ends with exit code 127.
template <class F>
pid_t start_successor(const std::vector<ListeningSocket>& sockets, F in_child);
pid_t fork_successor();
[[noreturn]] void become_successor(const std::vector<ListeningSocket>& sockets);

/// What a predecessor handed over, once; empty where there is none.
std::optional<HandedOver> take_handed_over();

template <class F>
pid_t start_successor(const std::vector<ListeningSocket>& sockets, F in_child) {
  const pid_t pid = fork_successor();
  if (pid != 0) return pid;
  in_child();
  become_successor(sockets);
}

}  // namespace capricorn
