// SPDX-License-Identifier: MIT
#include "http_protocol.hpp"

#include <algorithm>

#include "../http/response_writer.hpp"
#include "../loop/log.hpp"
#include "cycle.hpp"
#include "logging.hpp"
#include "server.hpp"
#include "websocket_protocol.hpp"

namespace capricorn {

HttpProtocol::HttpProtocol(HttpServer& server, Transport& transport, const ProxyHeader* proxied)
    : server_(server),
      transport_(transport),
      tls_(transport.ssl_object()),
      parser_(server.limits()),
      secure_(tls_ != nullptr),
      deadlines_(server.config(), server.loop().cached_time()) {
  resume_.protocol = this;
  if (!proxied || !proxied->proxied) {
    Transport::Endpoint peer = transport.peer();
    Transport::Endpoint local = transport.local();
    client_host_ = std::move(peer.host);
    client_port_ = peer.port;
    server_host_ = std::move(local.host);
    server_port_ = local.port;
    from_unix_socket_ = client_port_ == 0;
  } else {
    client_host_ = proxied->client_host;
    client_port_ = proxied->client_port;
    server_host_ = proxied->server_host;
    server_port_ = proxied->server_port;
    from_unix_socket_ = client_host_.empty();
    secure_ = secure_ || proxied->tls;
  }
  server_.connection_made(*this);
}

HttpProtocol::~HttpProtocol() { server_.connection_gone(*this); }

void HttpProtocol::data_received(std::string_view data) {
  if (!backlog_.empty()) {
    backlog_.append(data);
    return resume();
  }
  process(data);
  if (!transport_.is_closing()) backlog_.append(data);
}

/// Bytes that had to wait for an answer, or for a handler to read its body, go first.
void HttpProtocol::resume() {
  if (processing_ || transport_.is_closing()) return;
  Buffer waiting = std::move(backlog_);
  std::string_view input = waiting.view();
  process(input);
  if (transport_.is_closing()) return;
  backlog_.append(input);
  if (half_closed_ && backlog_.empty()) input_ended();
}

void HttpProtocol::process(std::string_view& input) {
  processing_ = true;
  bool more = true;
  while (more && !transport_.is_closing()) {
    more = may_parse(input) ? handle(parser_.parse(input)) : start_waiting_cycle();
  }
  processing_ = false;
  if (transport_.is_closing() || handed_over_) return;
  // What is left has to wait here; more than one read waits in the kernel, and so the client's.
  if (input.empty())
    transport_.resume_reading();
  else
    transport_.pause_reading();
  enter_phase();
}

/// The next request waits for this one's answer, and for a client that lets its answers lie; a body
/// for its handler; its end does not, which takes no input.
bool HttpProtocol::may_parse(std::string_view input) const noexcept {
  if (!cycle_) return !writing_paused_;
  return !parser_.message_complete() && (input.empty() || cycle_->wants_body());
}

/// False where the parser has nothing more for now.
bool HttpProtocol::handle(RequestParser::Event event) {
  using Event = RequestParser::Event;
  switch (event) {
    case Event::kNeedMore: start_waiting_cycle(); return false;
    case Event::kHead: handle_head(); return true;
    case Event::kBody:
      deadlines_.body_came(parser_.body().size());
      if (cycle_) cycle_->body_received(parser_.body());
      return true;
    case Event::kComplete: handle_end(); return true;
    case Event::kError: refuse(parser_.error().status, parser_.error().reason); return false;
  }
  return false;
}

void HttpProtocol::handle_head() {
  any_request_ = true;
  answered_ = close_when_complete_ = false;
  if (server_.overloaded()) return refuse(503, "Service Unavailable");
  RequestHead& head = parser_.head();
  const bool websocket = head.upgrade && server_.config().ws != "none" && asks_for_websocket(head);
  if (websocket) {
    const ParseError fault = check_websocket_handshake(head);
    if (fault.status) return refuse(fault.status, fault.reason);
  }
  ForwardedRequest forwarded;
  if (head.forwarded) forwarded = read_forwarded_fields(head);
  cycle_ = new Cycle(*this, head);
  cycle_->scope.server_host = server_host_;
  cycle_->scope.server_port = server_port_;
  if (head.forwarded) cycle_->apply(forwarded);
  if (websocket) cycle_->expect_websocket();
  cycle_started_ = false;
  server_.request_begins();
  if (parser_.message_complete()) {
    cycle_->body_complete(nullptr);
    start_cycle();
  } else {
    deadlines_.body_begins(now());
    if (cycle_->expects_continue()) start_cycle();
  }
}

/// Who wrote the request's bytes is the client that the PROXY protocol tells of, where it does.
ForwardedRequest HttpProtocol::read_forwarded_fields(RequestHead& head) {
  if (!server_.config().proxy_headers) return {};
  const TrustedPeers& trusted = server_.trusted_peers();
  const bool is_trusted =
      from_unix_socket_ ? trusted.trusts_unix(client_host_) : trusted.trusts(client_host_);
  if (is_trusted) return read_forwarded(head, trusted, server_.forwarded_fields());
  server_.forwarded_ignored(client_host_);
  return {};
}

void HttpProtocol::handle_end() {
  answered_ = false;
  if (cycle_) {
    cycle_->body_complete(parser_.take_trailers());
    start_waiting_cycle();
  } else if (close_when_complete_) {
    transport_.close();
  }
}

void HttpProtocol::start_cycle() {
  deadlines_.enter(Phase::kHandler, now());
  cycle_started_ = true;
  cycle_->start();
}

/// Once all of a body that is at hand is in its place. False where none waits.
bool HttpProtocol::start_waiting_cycle() {
  if (!cycle_ || cycle_started_) return false;
  start_cycle();
  return true;
}

/// For whom the connection waits now.
void HttpProtocol::enter_phase() {
  Phase phase = Phase::kHandler;
  if (!cycle_ && !writing_paused_) {
    // Blank lines are not yet a request.
    if (!any_request_ || parser_.head_started())
      phase = Phase::kHead;
    else
      phase = answered_ ? Phase::kBody : Phase::kIdle;
  } else if (cycle_ && !parser_.message_complete() && cycle_->wants_body() &&
             !cycle_->expects_continue()) {
    phase = Phase::kBody;
  }
  deadlines_.enter(phase, now());
}

bool HttpProtocol::limit_body(std::uint64_t bytes) {
  if (parser_.set_body_limit(bytes)) return true;
  refuse(parser_.error().status, parser_.error().reason);
  return false;
}

bool HttpProtocol::body_abandoned() const noexcept {
  if (parser_.message_complete()) return false;
  // A client that waits for "100 Continue" may or may not send its body after a final answer.
  return cycle_->expects_continue() || parser_.body_exceeds(server_.config().limits.body_bytes);
}

/// Called by the cycle, which lets go of us.
void HttpProtocol::response_complete(bool keep_alive) {
  cycle_ = nullptr;
  server_.request_ends();
  // What nobody read is read and dropped, within the general limit.
  answered_ = !parser_.message_complete();
  const bool in_step = !answered_ || parser_.set_body_limit(server_.config().limits.body_bytes);
  if (!keep_alive || !in_step) return transport_.close();
  close_when_complete_ = server_.draining();
  if (processing_) return;
  if (!resume_.linked()) server_.loop().schedule(resume_);
}

void HttpProtocol::response_broken() {
  const bool looks_whole = cycle_->close_delimited();
  response_complete(false);
  if (looks_whole) transport_.abort();
}

void HttpProtocol::body_wanted() {
  if (processing_) return;
  if (backlog_.empty()) {
    transport_.resume_reading();
    enter_phase();
  } else if (!resume_.linked()) {
    server_.loop().schedule(resume_);
  }
}

WebSocketProtocol* HttpProtocol::become_websocket(
    WebSocketSession& session, Scope::Owner& owner,
    const std::optional<WebSocketDeflateOptions>& deflate) {
  // What comes meanwhile has to wait until what came before is taken over.
  transport_.pause_reading();
  handed_over_ = true;
  auto next = std::make_unique<WebSocketProtocol>(server_, transport_, session, owner, deflate);
  WebSocketProtocol* websocket = next.get();
  websocket->take_over(transport_.set_protocol(std::move(next)), *this);
  return websocket;
}

/// A complete answer and the connection's end.
void HttpProtocol::refuse(int status, std::string_view reason) {
  if (status < 500) log(LogLevel::kWarning, reason);
  if (answered_) return transport_.close();  // one answer a request
  if (cycle_) {
    const bool answering = cycle_->response_started();
    let_go(status == 504 ? Cycle::Handler::kCancelled : Cycle::Handler::kCancelledIfSafe, status);
    if (answering) return transport_.close();  // a second head would be read as its body
  } else {
    // Where the head is at fault, or not there in time, its method may be none.
    const bool told = parser_.error().status == 0 && status != 408;
    server_.request_refused(told ? parser_.head().method : Method::kOther, status);
  }
  ResponseWriter writer;
  writer.begin({.head_request = parser_.head().method == Method::kHead,
                .http_minor = 1,
                .keep_alive = false});
  Headers headers{{"content-type", "text/plain; charset=utf-8"}};
  if (status == 503) headers.append("retry-after", "1");
  if (status == 426) {  // RFC 9110, 15.5.22; RFC 6455, 4.4
    headers.append("upgrade", "websocket");
    headers.append("connection", "upgrade");
    headers.append("sec-websocket-version", "13");
  }
  writer.whole(transport_.output(), status, headers, reason, server_.default_headers(), true);
  transport_.written();
  transport_.close();
}

void HttpProtocol::let_go(Cycle::Handler handler, int refusal) {
  if (!cycle_) return;
  server_.request_ends();
  std::exchange(cycle_, nullptr)->disconnect(handler, refusal);
}

void HttpProtocol::eof_received() {
  half_closed_ = true;
  if (cycle_ && cycle_->scope.cancel_on_eof) return client_left();
  if (backlog_.empty()) input_ended();
}

/// All that the client sent is parsed. It may send FIN behind its request and still wants its
/// answer.
void HttpProtocol::input_ended() {
  if (!cycle_) return transport_.close();
  if (!parser_.message_complete()) refuse(400, "Request body ended early.");
}

/// By a route's `cancel_on_eof`.
void HttpProtocol::client_left() {
  let_go(Cycle::Handler::kCancelled);
  transport_.close();
}

void HttpProtocol::connection_lost(std::error_code) { let_go(Cycle::Handler::kCancelledIfSafe); }

void HttpProtocol::pause_writing() { writing_paused_ = true; }

void HttpProtocol::resume_writing() {
  writing_paused_ = false;
  if (cycle_)
    cycle_->writing_resumed();
  else if (!resume_.linked() && !processing_)
    server_.loop().schedule(resume_);
}

TimePoint HttpProtocol::now() const noexcept { return server_.loop().cached_time(); }

ConnectionState HttpProtocol::state() const noexcept {
  if (transport_.is_closing()) return ConnectionState::kClosing;
  if (cycle_) return ConnectionState::kActive;
  return answered_ || parser_.head_started() ? ConnectionState::kReading : ConnectionState::kIdle;
}

void HttpProtocol::check_deadline(TimePoint now) {
  if (deadlines_.phase() == Phase::kIdle && !deadlines_.passed(now)) return;
  if (deadlines_.answer_unread(now, transport_)) return transport_.abort();
  if (transport_.is_closing()) return;
  if (deadlines_.passed(now)) return deadline_passed();
  // The route may have become known only after the FIN.
  if (half_closed_ && cycle_ && cycle_->scope.cancel_on_eof) client_left();
}

void HttpProtocol::deadline_passed() {
  switch (deadlines_.phase()) {
    case Phase::kHead:
      // Who has said nothing at all is told nothing.
      if (!parser_.head_started()) return transport_.close();
      return refuse(408, "Request Timeout");
    case Phase::kBody: return refuse(408, "Request Timeout");
    case Phase::kHandler:
      if (cycle_ && !cycle_->response_started()) return refuse(504, "Gateway Timeout");
      return deadlines_.lift();
    case Phase::kIdle: return transport_.close();
  }
}

void HttpProtocol::shutdown(Duration grace) {
  if (cycle_ || parser_.head_started()) return;
  deadlines_.end_by(now() + grace);
}

}  // namespace capricorn
