// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "../config/config.hpp"
#include "../loop/socket.hpp"

namespace capricorn {

/// An address cannot be listened on; what() is the sentence to print.
struct BindError : std::runtime_error {
  BindError(const std::string& sentence, int errno_value)
      : std::runtime_error(sentence), error(errno_value) {}
  int error;
};

/// A socket that listens, owned. Whoever closes the last of its copies unlinks `path`.
struct ListeningSocket {
  Socket socket;
  std::string path = {};   // the file that was made for it, "" for none
  std::string asked = {};  // what of the configuration it is for: "tcp 127.0.0.1 8000"
  bool admin = false;      // of the figures and probes
};
using ListeningSockets = std::vector<ListeningSocket>;

/// Whether somebody else made it, and keeps it: who waits there may be another server's, later.
bool was_passed(const ListeningSocket& socket) noexcept;

/// What a Unix socket may be used by that is the owner's alone.
inline constexpr int kOwnerOnly = 0600;

/// Everything that `config` asks for, listening: each `bind`, `uds`, `fd`, and what systemd passes;
/// where there is none of these, each address of `host`, on `port`. Needs no loop, so that a
/// supervisor can keep them while its workers come and go. What systemd passed is taken by the
/// first call. Throws BindError.
ListeningSockets bind_sockets(const Config& config);
/// Those of the figures and probes; none without an admin address. Throws BindError.
ListeningSockets bind_admin_sockets(const Config& config);
/// Both.
ListeningSockets bind_all_sockets(const Config& config);
/// Both, for another configuration: copies of those in `existing` that it asks for too, and what is
/// new. Nothing happens to the others. Throws BindError.
ListeningSockets bind_all_sockets(const Config& config, const ListeningSockets& existing);

/// Nobody new comes to wait for those of `former` that are not in `kept`, nor are somebody else's.
void turn_away_from(const ListeningSockets& former, const ListeningSockets& kept) noexcept;

/// The same sockets once more. Throws std::system_error.
ListeningSockets copies_of(const ListeningSockets& sockets);

}  // namespace capricorn
