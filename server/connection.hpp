// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "../loop/intrusive_list.hpp"
#include "../loop/protocol.hpp"
#include "../loop/selector.hpp"
#include "../loop/transport.hpp"

namespace capricorn {

/// What a connection waits for, in figures.
enum class ConnectionState : unsigned char {
  kIdle,       // a request
  kReading,    // the rest of a request
  kActive,     // an answer
  kHandshake,  // that of TLS or of the PROXY protocol
  kWebSocket,
  kClosing,
};
inline constexpr std::size_t kConnectionStates = 6;

/// One client's connection as its server sees it, whatever it speaks.
class Connection : public Protocol, public ListNode {
 public:
  virtual Transport& transport() noexcept = 0;
  /// The server's sweep, once a second: no timer a connection.
  virtual void check_deadline(TimePoint now) = 0;
  virtual ConnectionState state() const noexcept = 0;
  /// The server stops. What is under way may end; an idle connection may wait for so long.
  virtual void shutdown(Duration grace) = 0;
};

}  // namespace capricorn
