// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "deferred.hpp"
#include "future.hpp"
#include "protocol_calls.hpp"
#include "selector.hpp"
#include "transport.hpp"

namespace capricorn {

struct SocketTransportOptions {
  /// The loop's output buffer, empty between reads: what the protocol writes while it is fed costs
  /// no buffer of the connection's. nullptr: it always writes to the connection's own.
  Buffer* shared_output = nullptr;
  /// How long a closed connection still reads, and drops, what the peer sends, so that no reset
  /// destroys what the peer has not read; it ends early where the peer floods us. Zero: closed as
  /// soon as everything is sent.
  Duration linger = Duration::zero();
  /// Whether a hang-up is told while reading is paused. Else what was sent before it is read first.
  bool tell_reset_while_paused = false;
  /// `abort` resets the connection. Else the system may go on for minutes to offer what is buffered
  /// to a peer that reads nothing.
  bool reset_on_abort = false;
};

/// A TCP or unix stream socket, watched once and edge-triggered: one `recv` a readiness, one `send`
/// for all that it produced. Owns the descriptor.
class SocketTransport final : public Transport, IoWatcher {
 public:
  SocketTransport(Loop& loop, int fd, SocketTransportOptions options = {});
  ~SocketTransport() override;

  /// Owns the protocol, and itself: both are gone after `connection_lost`.
  void start(std::unique_ptr<Protocol> protocol);
  /// The caller owns both, and may destroy the transport at any time but while it calls the
  /// protocol; during `connection_lost`, too.
  void start(Protocol& protocol);

  Buffer& output() override { return feeding_ && shared_ && out_.empty() ? *shared_ : out_; }
  void written() override;
  void write(std::string_view bytes) override;
  Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  std::size_t write_buffer_size() const override { return out_.size(); }
  std::optional<TimePoint> blocked_since() const override;
  std::uint64_t bytes_taken() const override;
  void pause_reading() override { reading_paused_ = true; }
  void resume_reading() override;
  void close() override;
  void abort() override;
  bool is_closing() const override { return closing_; }
  std::unique_ptr<Protocol> set_protocol(std::unique_ptr<Protocol> next) override;
  void hand_over(Protocol& next) override { protocol_.start(next); }
  void write_eof() override;
  bool can_write_eof() const override { return true; }
  Endpoint peer() const override;
  Endpoint local() const override;

 private:
  void on_io(std::uint8_t events) override;
  void read();
  void feed(std::string_view data);
  bool tell_data(std::string_view data);
  void flush_shared();
  void flush();
  bool send_now(std::string_view first, std::string_view second);
  void shut_down_if_sent();
  void count_sent(ssize_t bytes) noexcept;
  void set_kernel_full(bool full) noexcept;
  void finish_closing();
  void drop_input();
  void fail(std::error_code reason);
  void fail_by_protocol();
  void lose();

  // Connection
  Loop& loop_;
  ProtocolCalls protocol_;
  std::unique_ptr<Protocol> owned_protocol_;
  std::error_code reason_;
  TimerHandle linger_timer_;
  Duration linger_;
  std::uint64_t dropped_bytes_ = 0;
  bool reset_on_abort_;
  bool closing_ = false;
  bool lingering_ = false;
  bool lost_ = false;

  // Reading
  bool tell_reset_while_paused_;
  bool reading_paused_ = false;
  bool readable_ = false;
  bool read_hangup_ = false;
  bool eof_told_ = false;

  // Writing
  Buffer* shared_;
  Buffer out_;
  std::optional<Future<void>> writable_;
  Deferred<SocketTransport> flush_later_{*this, &SocketTransport::flush};
  Deferred<SocketTransport> again_{*this, &SocketTransport::read};
  bool feeding_ = false;
  std::uint64_t sent_bytes_ = 0;
  TimePoint blocked_since_{};
  bool kernel_full_ = false;  // until it says that it takes more
  bool write_eof_ = false;
};

}  // namespace capricorn
