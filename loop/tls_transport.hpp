// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "deferred.hpp"
#include "protocol_calls.hpp"
#include "tls_engine.hpp"
#include "transport.hpp"
#include "waiting_futures.hpp"

namespace capricorn {

/// Told once, when a handshake is over: `TlsTransport::failure` says how. It may set the
/// transport's protocol, write, or close.
class HandshakeWatcher {
 public:
  virtual void handshake_ended() = 0;

 protected:
  ~HandshakeWatcher() = default;
};

struct TlsTransportOptions {
  /// As SocketTransportOptions', but for what is to be encrypted: another buffer than that one.
  Buffer* shared_output = nullptr;
  /// How long, at `close`, the peer's close_notify is waited for, as asyncio does: it tells that
  /// nothing was cut off. It counts anew while the peer takes what was written before. Zero: it is
  /// not waited for.
  Duration shutdown_timeout = Duration::zero();
  /// How long the handshake may take; zero: its owner sees to that.
  Duration handshake_timeout = Duration::zero();
  /// What is written after the peer's close_notify is still sent (RFC 8446, 6.1). Else we close.
  bool open_after_eof = false;
};

/// TLS over any other transport, whose protocol it is: ciphertext below, plaintext above. Either
/// owns the other, never both. What is read is decrypted where it lies, and all that one read
/// produced leaves encrypted in one write. Loop's thread.
class TlsTransport final : public Transport, public Protocol {
 public:
  /// `below` owns us, or the caller both.
  TlsTransport(Loop& loop, Transport& below, std::unique_ptr<TlsEngine> engine,
               TlsTransportOptions options);
  /// `below` is ours.
  TlsTransport(Loop& loop, std::unique_ptr<Transport> below, std::unique_ptr<TlsEngine> engine,
               TlsTransportOptions options);
  ~TlsTransport() override;

  /// A client speaks first. The protocol is ours; nothing is told it before the handshake's end.
  void start(std::unique_ptr<Protocol> protocol, HandshakeWatcher& watcher);
  /// As with a socket, the protocol may destroy us in `connection_lost`.
  void start(Protocol& protocol, HandshakeWatcher& watcher);
  void forget_watcher() noexcept { watcher_ = nullptr; }
  /// What came before us, and is TLS already.
  void take_input(std::string_view ciphertext) { data_received(ciphertext); }
  const SSLFailure& failure() const noexcept { return failure_; }

  // Transport
  Buffer& output() override { return feeding_ && shared_ && out_.empty() ? *shared_ : out_; }
  void written() override;
  void write(std::string_view bytes) override;
  Task<bool> send_file(int fd, std::uint64_t offset, std::uint64_t size) override;
  std::size_t write_buffer_size() const override {
    return out_.size() + below_.write_buffer_size();
  }
  std::optional<TimePoint> blocked_since() const override { return below_.blocked_since(); }
  std::uint64_t bytes_taken() const override { return below_.bytes_taken(); }
  void pause_reading() override;
  void resume_reading() override;
  void close() override;
  void abort() override;
  bool is_closing() const override { return closing_ || below_.is_closing(); }
  std::unique_ptr<Protocol> set_protocol(std::unique_ptr<Protocol> next) override;
  void hand_over(Protocol& next) override { protocol_.start(next); }
  /// Throws RuntimeError: over TLS the end of one way is the end of both.
  void write_eof() override;
  Endpoint peer() const override { return below_.peer(); }
  Endpoint local() const override { return below_.local(); }
  std::shared_ptr<const SSLObject> ssl_object() override { return engine_->ssl_object(); }

  // Protocol
  void data_received(std::string_view ciphertext) override;
  void eof_received() override;
  void eof_waits() override;
  void connection_lost(std::error_code reason) override;
  void pause_writing() override;
  void resume_writing() override;

 private:
  enum class Phase : unsigned char {
    kHandshake,
    kOpen,
    kShutdown,  // our close_notify is sent, the peer's is waited for
    kOver,
  };

  void begin();
  std::size_t process(std::string_view ciphertext);
  void advance();
  void converse();
  void shake_hands();
  void end_handshake();
  void read();
  void drop_input();
  bool answers_too_much() const noexcept;
  void peer_ended();
  void resume();
  void encrypt();
  bool encrypt(Buffer& plain);
  void flush();
  void send_below();
  void finish_closing();
  void wait_for_peers_end();
  void close_below();
  void fail(const SSLFailure& failure);
  void fail_by_protocol();

  // Connection
  Loop& loop_;
  std::unique_ptr<Transport> owned_below_;
  Transport& below_;
  std::unique_ptr<TlsEngine> engine_;
  ProtocolCalls protocol_;
  std::unique_ptr<Protocol> owned_protocol_;
  HandshakeWatcher* watcher_ = nullptr;
  TlsTransportOptions options_;
  SSLFailure failure_;
  TimerHandle timer_;  // of the handshake, later of the shutdown
  Phase phase_ = Phase::kHandshake;
  bool closing_ = false;

  // Reading
  Buffer backlog_;  // ciphertext that came while reading is paused
  Deferred<TlsTransport> again_{*this, &TlsTransport::resume};
  bool reading_paused_ = false;
  bool below_ended_ = false;
  bool eof_told_ = false;

  // Writing
  Buffer* shared_;
  Buffer out_;
  Deferred<TlsTransport> flush_later_{*this, &TlsTransport::flush};
  WaitingFutures room_;
  IntrusiveList<ListNode> senders_;  // the files under way, which we may not outlive
  bool feeding_ = false;
  bool below_is_full_ = false;
};

}  // namespace capricorn
