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
  std::string path = {};  // the file that was made for it, "" for none
  std::string name = {};  // what systemd calls it, "" for none
  bool admin = false;     // of the figures and probes
};

/// Everything that `config` asks for, listening: each `bind`, `uds`, `fd`, and what systemd passes;
/// where there is none of these, each address of `host`, on `port`. Needs no loop, so that a
/// supervisor can keep them while its workers come and go. What systemd passed is taken by the
/// first call. Throws BindError.
std::vector<ListeningSocket> bind_sockets(const Config& config);
/// The same without what systemd passes.
std::vector<ListeningSocket> bind_addresses(const Config& config);

}  // namespace capricorn
