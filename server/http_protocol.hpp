// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "../http/proxy_protocol.hpp"
#include "../http/request_parser.hpp"
#include "../http/scope.hpp"
#include "../http/websocket_handshake.hpp"
#include "connection.hpp"
#include "connection_addresses.hpp"
#include "cycle.hpp"
#include "forwarded_request.hpp"
#include "pending_request.hpp"

namespace capricorn {

class HttpServer;
class SSLObject;
class WebSocketProtocol;
class WebSocketSession;

/// One HTTP/1.1 connection: bytes in, requests one after the other to the application, bytes out.
/// It never touches a socket: the transport feeds it, and a test can. Most connections of a server
/// are idle, and this is all that they are: what a request needs is a PendingRequest's.
class HttpProtocol final : public Connection {
 public:
  /// With what a proxy said of the connection, if one did.
  HttpProtocol(HttpServer& server, Transport& transport, const ProxyHeader* proxied = nullptr);
  ~HttpProtocol() override;

  void data_received(std::string_view data) override;
  void eof_received() override;
  void eof_waits() override;
  void connection_lost(std::error_code reason) override;
  void pause_writing() override;
  void resume_writing() override;

  Transport& transport() noexcept override { return transport_; }
  void check_deadline(TimePoint now) override;
  ConnectionState state() const noexcept override;
  /// The server stops: one more answer, or none where nothing is asked for within the grace.
  void shutdown(Duration grace) override;

  // For the cycle
  HttpServer& server() noexcept { return server_; }
  bool writing_paused() const noexcept { return writing_paused_; }
  /// Whether who sends more has to wait: until the client has read, or until it is told that the
  /// connection is over. One who waits for nothing else would never hear of that.
  bool holds_up_sending() const noexcept { return writing_paused_ || transport_.is_closing(); }
  void response_complete(bool keep_alive);
  /// It ends before its end: the client must see that.
  void response_broken();
  void body_wanted();
  /// False where the body is larger: the request has been refused, and this cycle let go.
  bool limit_body(std::uint64_t bytes);
  /// Whether what is left of the body is so much, or so uncertain, that the connection must end
  /// behind the answer.
  bool body_abandoned() const noexcept;
  const ConnectionAddresses& addresses() const noexcept { return addresses_; }
  std::string_view scheme() const noexcept { return secure_ ? "https" : "http"; }
  /// Whether the client speaks TLS: to us, or to the proxy that tells us so.
  bool secure() const noexcept { return secure_; }

  /// The websocket's protocol takes our place at the transport, and destroys us.
  WebSocketProtocol* become_websocket(WebSocketSession& session, Scope::Owner& owner,
                                      const std::optional<WebSocketDeflateOptions>& deflate);
  Buffer take_backlog() noexcept { return std::move(request_->backlog); }
  bool half_closed() const noexcept { return half_closed_; }
  /// It has sent FIN, if only behind what is not read yet.
  bool client_finished() const noexcept { return half_closed_ || eof_waits_; }

  // For its request
  void resume();

 private:
  using Phase = Deadlines::Phase;

  PendingRequest& begin_request();
  void end_request() noexcept;
  void process(std::string_view& input);
  void begin_turn() noexcept;
  void end_turn();
  bool may_parse(std::string_view input) const noexcept;
  bool handle(RequestParser::Event event);
  void handle_head();
  ForwardedRequest read_forwarded_fields(RequestHead& head);
  void handle_end();
  void start_cycle();
  bool start_waiting_cycle();
  void enter_phase();
  void refuse(int status, std::string_view reason);
  void tell_refusal(int status, const Headers& headers, std::size_t body_bytes);
  void let_go(Cycle::Handler handler, int refusal = 0);
  void client_left();
  void input_ended();
  void deadline_passed();
  TimePoint now() const noexcept;

  // Connection
  HttpServer& server_;
  Transport& transport_;
  ConnectionAddresses addresses_;
  std::unique_ptr<PendingRequest> request_;  // null while idle
  TimePoint idle_until_;                     // where it is null
  bool processing_ = false;
  bool writing_paused_ = false;
  bool half_closed_ = false;
  bool eof_waits_ = false;
  bool any_request_ = false;
  bool handed_over_ = false;  // to a websocket
  bool from_unix_socket_;
  bool from_unknown_;  // a proxy handed it on, and could not say whose it is
  bool secure_;
  std::uint8_t place_;  // of the server's known fields
  std::uint8_t left_of_turn_ = 0;
  std::uint32_t turn_ = ~0u;  // the loop's pass that it was begun in
};

}  // namespace capricorn
