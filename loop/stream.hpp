// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ssl_context.hpp"
#include "stream_state.hpp"
#include "task.hpp"

namespace capricorn {

/// The peer ended before everything that was asked for had come.
struct IncompleteReadError : std::runtime_error {
  /// `expected`: nothing where it was not known (readuntil).
  IncompleteReadError(std::string partial, std::optional<std::size_t> expected);
  ~IncompleteReadError() override;
  std::string partial;
  std::optional<std::size_t> expected;
};

/// No separator within the limit; everything is still there to be read.
struct LimitOverrunError : std::runtime_error {
  LimitOverrunError(const char* message, std::size_t consumed);
  ~LimitOverrunError() override;
  std::size_t consumed;  // bytes before the separator, or those that cannot hold its beginning
};

/// Of Stream::start_tls.
struct TLSOptions {
  /// Of a client: whom the certificate must name. A name or an address.
  std::string server_hostname = {};
  Delay ssl_handshake_timeout = std::chrono::seconds(60);
  /// How long a closed connection waits for the peer to say that it has ended, too, or to take
  /// more of what was written.
  Delay ssl_shutdown_timeout = std::chrono::seconds(30);
};

struct StreamOptions {
  /// Of readuntil and readline. More than twice as much unread stays with the kernel.
  std::size_t limit = 65536;
  /// Of open_connection, the look-up of the name included.
  std::optional<Delay> timeout = {};
  /// Of open_connection; connect.hpp. RFC 8305 recommends 250 ms.
  std::optional<Delay> happy_eyeballs_delay = {};
  std::optional<std::size_t> interleave = {};
  /// Of open_connection: TLS, which the others need. The host's name is verified, unless another is
  /// given.
  std::optional<SSLContext> ssl = {};
  std::optional<std::string> server_hostname = {};
  std::optional<Delay> ssl_handshake_timeout = {};  // 60 s
  std::optional<Delay> ssl_shutdown_timeout = {};   // 30 s
};

/// A connection, as a pair of asyncio's StreamReader and StreamWriter: bytes in order, both ways. A
/// move-only handle; dropping it sends what was written and closes, unless the peer takes nothing
/// of it for 30 seconds or the loop closes first. It may be moved, and even dropped, while a
/// coroutine awaits one of its functions. A cancelled read loses no data. Its loop's thread only,
/// and not beyond the loop. An empty one can only be assigned to.
///
/// Where the connection broke, functions that await throw std::system_error with the reason.
/// https://docs.python.org/3/library/asyncio-stream.html
class Stream {
 public:
  Stream() noexcept = default;
  explicit Stream(std::shared_ptr<StreamState> state) noexcept : state_(std::move(state)) {}
  Stream(Stream&& other) noexcept = default;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  /// Up to `n` bytes, as soon as there are any; "" at the end of the stream. -1: all until the end.
  CAPRICORN_CORO_WRAPPER Task<std::string> read(std::ptrdiff_t n = -1);
  /// Throws IncompleteReadError at the end of the stream.
  CAPRICORN_CORO_WRAPPER Task<std::string> readexactly(std::size_t n);
  /// Through the separator. Throws IncompleteReadError at the end of the stream, LimitOverrunError
  /// where the separator begins beyond the limit.
  CAPRICORN_CORO_WRAPPER Task<std::string> readuntil(std::string separator = "\n");
  /// Through whichever of them ends first.
  CAPRICORN_CORO_WRAPPER Task<std::string> readuntil(std::vector<std::string> separators);
  CAPRICORN_CORO_WRAPPER Task<std::string> readuntil(
      std::initializer_list<std::string_view> separators);  // of views: g++ 14 fails at strings
  /// Through "\n"; what is left at the end of the stream, "" when nothing is. Throws
  /// std::invalid_argument where a line is longer than the limit, and drops it.
  CAPRICORN_CORO_WRAPPER Task<std::string> readline();
  /// The peer has ended, and all that it sent has been read.
  bool at_eof() const noexcept { return state_->eof() && state_->received().empty(); }

  /// Sends at once what the kernel takes, and keeps the rest; `drain` waits until that is little.
  /// On a connection that is closing, bytes are dropped. Throws RuntimeError after `write_eof`.
  void write(std::string_view bytes) { state_->write(bytes); }
  /// Of anything that a range-for goes through.
  template <class R>
  void writelines(R&& lines) {
    std::string together;
    for (const auto& line : lines) together += line;
    write(together);
  }
  /// While more than 64 KiB wait to be sent, suspends until it is 16. `co_await` it after writes.
  CAPRICORN_CORO_WRAPPER Task<> drain();
  /// The peer sees the end of the stream behind what was written; reading goes on. Not over TLS.
  void write_eof() { state_->write_eof(); }
  bool can_write_eof() const noexcept { return state_->transport().can_write_eof(); }

  /// TLS from here on, as a server where the context is a server's. What the peer sent and was not
  /// read yet belongs to TLS. Throws SSLCertVerificationError, SSLError, std::system_error with
  /// connection_reset where the peer leaves and connection_aborted where it takes too long, and
  /// std::invalid_argument without a server_hostname that is to be checked; then, as where it is
  /// cancelled, the connection is over.
  CAPRICORN_CORO_WRAPPER Task<> start_tls(SSLContext context, TLSOptions options = {});
  /// What the handshake agreed on, the peer's certificate among it; null without TLS.
  std::shared_ptr<const SSLObject> ssl_object() const { return state_->transport().ssl_object(); }

  /// Sends what was written, then closes.
  void close() { state_->transport().close(); }
  bool is_closing() const noexcept { return state_->lost() || state_->transport().is_closing(); }
  /// Throws where the connection broke.
  CAPRICORN_CORO_WRAPPER Task<> wait_closed();

  /// Also once it is closed; nowhere for a pipe in memory.
  const SocketAddress& peer() const noexcept { return state_->peer(); }
  const SocketAddress& local() const noexcept { return state_->local(); }
  /// Gone with the Stream: what it sends is awaited before.
  Transport& transport() noexcept { return state_->transport(); }
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  std::shared_ptr<StreamState> state_;  // shared with the coroutines that its functions are
};

}  // namespace capricorn
