// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "buffer.hpp"
#include "protocol.hpp"
#include "runnable.hpp"
#include "task.hpp"

namespace capricorn {

class SSLObject;

/// One side of a connection, as its Protocol sees it: a plain socket, TLS, an in-memory pipe. Used
/// on its loop's thread only. Nothing here blocks and nothing throws for what the peer does; a
/// broken connection is told by `Protocol::connection_lost`.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Where bytes to be sent are appended; call `written` after. While the protocol is being fed
  /// this is the loop's own buffer, sent at once when the read is dealt with; else the
  /// connection's, flushed at the end of the pass.
  virtual Buffer& output() = 0;
  virtual void written() = 0;
  /// Sends what `output` holds and then `bytes`, gathered in one call; copies only what the kernel
  /// did not take.
  virtual void write(std::string_view bytes) = 0;
  /// Sends `size` bytes of the file `fd` from `offset`, after what was written before; returns when
  /// the last of them has been read. False where the connection broke or the file was short. The
  /// transport may go while this waits: it then gives false. Cancelled, bytes already sent stay
  /// sent, and the connection can only be aborted. `fd` stays the caller's and open until this
  /// returns.
  virtual Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) = 0;
  /// Bytes accepted but not yet taken by the kernel.
  virtual std::size_t write_buffer_size() const = 0;
  /// Since when the peer has let nothing of what waits here go out; nothing where nothing waits.
  virtual std::optional<TimePoint> blocked_since() const { return std::nullopt; }
  /// How many bytes the peer's system has taken so far, as well as ours knows.
  virtual std::uint64_t bytes_taken() const { return 0; }

  /// Data stays in the kernel until `resume_reading`, so that the peer is slowed down.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  /// Sends what is buffered, then closes. `connection_lost` follows on a later pass.
  virtual void close() = 0;
  /// Closes now; what is buffered is lost.
  virtual void abort() = 0;
  virtual bool is_closing() const = 0;
  /// From now on `next` is told what comes. Returns the one before, which may be running yet: it is
  /// destroyed on a later pass. Only where the transport owns its protocol.
  virtual std::unique_ptr<Protocol> set_protocol(std::unique_ptr<Protocol> next) {
    static_cast<void>(next);
    throw std::logic_error("This transport keeps its protocol.");
  }
  /// The same for a protocol that is the caller's. Only where the one before was, too.
  virtual void hand_over(Protocol& next) {
    static_cast<void>(next);
    throw std::logic_error("This transport keeps its protocol.");
  }
  /// Sends FIN behind what is buffered, and goes on reading. Idempotent; only where it can.
  virtual void write_eof() {}
  virtual bool can_write_eof() const { return false; }

  /// "127.0.0.1" and 4711; for a unix socket the path (or "") and 0; "" and 0 where it is no
  /// socket.
  struct Endpoint {
    std::string host;
    int port = 0;
  };
  virtual Endpoint peer() const { return {}; }
  virtual Endpoint local() const { return {}; }
  /// What the TLS handshake agreed on; null before it, and where there is no TLS.
  virtual std::shared_ptr<const SSLObject> ssl_object() { return nullptr; }
};

}  // namespace capricorn
