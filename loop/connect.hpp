// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runnable.hpp"
#include "socket.hpp"
#include "task.hpp"

namespace capricorn {

struct ConnectOptions {
  /// How long one address is tried alone before the next is tried beside it (RFC 8305 recommends
  /// 250 ms); one that fails ends its time. None: one after the other.
  std::optional<Delay> happy_eyeballs_delay = {};
  /// So many addresses of the first one's family, then one of each in turn. 0: in the order given.
  /// None: 1 with a happy_eyeballs_delay, else 0.
  std::optional<std::size_t> interleave = {};
};

/// A socket connected to the first of the addresses that accepts. Throws std::system_error, with
/// the reason of each where they differ: "cannot connect to <target>: Connection refused".
Task<Socket> connect_any(std::vector<SocketAddress> addresses, ConnectOptions options,
                         std::string target);

/// The families in turn, after `first - 1` addresses of the first one's.
std::vector<SocketAddress> interleaved(const std::vector<SocketAddress>& addresses,
                                       std::size_t first);

}  // namespace capricorn
