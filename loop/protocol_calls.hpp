// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <system_error>

#include "protocol.hpp"

namespace capricorn {

class Loop;

/// A transport's way to its Protocol. What that throws is told to the loop's exception handler, in
/// asyncio's words, and never reaches the loop; only KeyboardInterrupt does.
class ProtocolCalls {
 public:
  /// Above the high mark the protocol is to pause writing, from the low one on it may go on.
  static constexpr std::size_t kHighWater = 65536;
  static constexpr std::size_t kLowWater = kHighWater / 4;

  explicit ProtocolCalls(Loop& loop) noexcept : loop_(loop) {}
  void start(Protocol& protocol) noexcept { protocol_ = &protocol; }
  bool started() const noexcept { return protocol_ != nullptr; }
  Loop& loop() const noexcept { return loop_; }

  /// False where it threw: the connection is to be aborted.
  [[nodiscard]] bool data_received(std::string_view data);
  [[nodiscard]] bool eof_received();
  void eof_waits();
  /// The last call; we, and the transport, may be gone after it.
  void connection_lost(std::error_code reason);
  /// So much waits to be sent now: tells, once each, when that passes a mark.
  void buffered(std::size_t size) {
    if (writing_paused_ ? size <= kLowWater : size > kHighWater) mark_passed();
  }

 private:
  void mark_passed();

  Loop& loop_;
  Protocol* protocol_ = nullptr;
  bool writing_paused_ = false;
};

}  // namespace capricorn
