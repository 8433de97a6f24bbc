// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "../http/proxy_protocol.hpp"
#include "../http/request_parser.hpp"
#include "../http/scope.hpp"
#include "../http/websocket_handshake.hpp"
#include "../loop/runnable.hpp"
#include "connection.hpp"
#include "cycle.hpp"
#include "deadlines.hpp"
#include "forwarded_request.hpp"

namespace capricorn {

class HttpServer;
class SSLObject;
class WebSocketProtocol;
class WebSocketSession;

/// One HTTP/1.1 connection: bytes in, requests one after the other to the application, bytes out.
/// It never touches a socket: the transport feeds it, and a test can.
class HttpProtocol final : public Connection {
 public:
  /// With what a proxy said of the connection, if one did.
  HttpProtocol(HttpServer& server, Transport& transport, const ProxyHeader* proxied = nullptr);
  ~HttpProtocol() override;

  void data_received(std::string_view data) override;
  void eof_received() override;
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
  void response_complete(bool keep_alive);
  /// It ends before its end: the client must see that.
  void response_broken();
  void body_wanted();
  /// False where the body is larger: the request has been refused, and this cycle let go.
  bool limit_body(std::uint64_t bytes);
  /// Whether what is left of the body is so much, or so uncertain, that the connection must end
  /// behind the answer.
  bool body_abandoned() const noexcept;
  const std::string& client_host() const noexcept { return client_host_; }
  int client_port() const noexcept { return client_port_; }
  std::string_view scheme() const noexcept { return secure_ ? "https" : "http"; }
  /// Null without TLS.
  const std::shared_ptr<const SSLObject>& tls() const noexcept { return tls_; }

  /// The websocket's protocol takes our place at the transport, and destroys us.
  WebSocketProtocol* become_websocket(WebSocketSession& session, Scope::Owner& owner,
                                      const std::optional<WebSocketDeflateOptions>& deflate);
  Buffer take_backlog() noexcept { return std::move(backlog_); }
  bool half_closed() const noexcept { return half_closed_; }

 private:
  struct Resume final : Runnable {
    void run() override { protocol->resume(); }
    HttpProtocol* protocol = nullptr;
  };
  using Phase = Deadlines::Phase;

  void process(std::string_view& input);
  bool may_parse(std::string_view input) const noexcept;
  bool handle(RequestParser::Event event);
  void handle_head();
  ForwardedRequest read_forwarded_fields(RequestHead& head);
  void handle_end();
  void start_cycle();
  bool start_waiting_cycle();
  void enter_phase();
  void refuse(int status, std::string_view reason);
  void let_go(Cycle::Handler handler, int refusal = 0);
  void client_left();
  void resume();
  void input_ended();
  void deadline_passed();
  TimePoint now() const noexcept;

  // Connection
  HttpServer& server_;
  Transport& transport_;
  std::string client_host_;
  std::string server_host_;
  int client_port_ = 0;
  int server_port_ = 0;
  std::shared_ptr<const SSLObject> tls_;  // shared with the requests' scopes
  RequestParser parser_;
  Buffer backlog_;
  Resume resume_;
  bool processing_ = false;
  bool writing_paused_ = false;
  bool half_closed_ = false;
  bool any_request_ = false;
  bool handed_over_ = false;  // to a websocket
  bool from_unix_socket_ = false;
  bool secure_;

  // Request
  Cycle* cycle_ = nullptr;
  bool cycle_started_ = false;
  bool answered_ = false;  // what is left of its body is read and dropped
  bool close_when_complete_ = false;

  // Timers
  Deadlines deadlines_;
};

}  // namespace capricorn
