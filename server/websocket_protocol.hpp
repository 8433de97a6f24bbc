// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "../http/scope.hpp"
#include "../http/websocket_frames.hpp"
#include "../http/websocket_handshake.hpp"
#include "../loop/deferred.hpp"
#include "connection.hpp"
#include "unread_watch.hpp"

namespace capricorn {

class HttpProtocol;
class HttpServer;
class WebSocketSession;

/// One websocket's connection, from its handshake on: frames in, messages to the session; frames
/// out; pings, and the closing handshake (RFC 6455). It takes the place of the HttpProtocol.
class WebSocketProtocol final : public Connection {
 public:
  /// `owner` keeps the session's memory; the reference that HTTP held is ours now.
  WebSocketProtocol(HttpServer& server, Transport& transport, WebSocketSession& session,
                    Scope::Owner& owner, const std::optional<WebSocketDeflateOptions>& deflate);
  ~WebSocketProtocol() override;

  /// The one before may be running yet: it goes in the loop's next pass, and what the client sent
  /// behind its handshake comes here.
  void take_over(std::unique_ptr<Protocol> before, HttpProtocol& http);

  void data_received(std::string_view data) override;
  void eof_received() override;
  void connection_lost(std::error_code reason) override;
  void pause_writing() override;
  void resume_writing() override;
  Transport& transport() noexcept override { return transport_; }
  void abort() { transport_.abort(); }
  void check_deadline(TimePoint now) override;
  ConnectionState state() const noexcept override {
    return phase_ == Phase::kOpen ? ConnectionState::kWebSocket : ConnectionState::kClosing;
  }
  void shutdown(Duration grace) override;

  // For the session
  void send_message(std::string_view data, bool text);
  /// Begins the closing handshake.
  void close(int code, std::string_view reason);
  void resume_reading();
  /// As HTTP's.
  bool holds_up_sending() const noexcept { return writing_paused_ || transport_.is_closing(); }

 private:
  enum class Phase : unsigned char { kOpen, kClosing, kClosed };

  void begin();
  void resume();
  void process(std::string_view& input);
  bool reads() const noexcept;
  void ping_received(std::string_view payload);
  void send_pong(std::string_view payload);
  void pong_received(std::string_view payload);
  void close_received(int code, std::string_view reason);
  void fail(int code, std::string_view reason);
  void send_close(int code, std::string_view reason);
  void end();
  void keep_alive(TimePoint now);
  TimePoint after(Duration delay) const noexcept;
  TimePoint next_ping() const noexcept;

  // Connection
  HttpServer& server_;
  Transport& transport_;
  WebSocketSession& session_;
  Scope::Owner& owner_;
  std::unique_ptr<Protocol> before_;
  HttpProtocol* http_ = nullptr;
  Phase phase_ = Phase::kOpen;

  // Reading
  std::optional<WebSocketInflater> inflater_;
  WebSocketParser parser_;
  Buffer backlog_;
  Deferred<WebSocketProtocol> resume_{*this, &WebSocketProtocol::resume};
  bool processing_ = false;
  std::uint8_t left_of_turn_ = 0;
  std::uint32_t turn_ = ~0u;  // the loop's pass that it was begun in

  // Writing
  std::optional<WebSocketDeflater> deflater_;
  bool writing_paused_ = false;
  Buffer late_pong_;  // the last one asked for while the client does not read

  // Timers
  TimePoint deadline_;
  UnreadWatch unread_;
  std::uint32_t pings_ = 0;
  bool ping_unanswered_ = false;
  bool heard_ = false;  // anything since the last ping
};

}  // namespace capricorn
