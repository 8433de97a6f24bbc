// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <system_error>

namespace capricorn {

/// What a Transport calls on its loop's thread as bytes come and go: asyncio's Protocol.
class Protocol {
 public:
  virtual ~Protocol() = default;

  /// Bytes arrived. They lie in a buffer borrowed from the loop and are gone when this returns.
  virtual void data_received(std::string_view data) = 0;
  /// The peer sends no more (FIN); it may still read.
  virtual void eof_received() = 0;
  /// The same, known ahead: what it sent before is not read yet, as reading is paused. Told once;
  /// `eof_received` follows behind those bytes, where they are read.
  virtual void eof_waits() {}
  /// The connection is over, by our close or the peer's; the last call. The transport is gone after
  /// it.
  virtual void connection_lost(std::error_code reason) = 0;
  /// The write buffer passed its high-water mark / fell to the low one.
  virtual void pause_writing() = 0;
  virtual void resume_writing() = 0;
};

}  // namespace capricorn
