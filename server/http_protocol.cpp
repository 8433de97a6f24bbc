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
namespace {

// What each byte adds to the body's time in all: a second for 64 KiB.
constexpr Duration kBodyTimePerByte = std::chrono::nanoseconds(std::chrono::seconds(1)) / 65536;

}  // namespace

HttpProtocol::HttpProtocol(HttpServer& server, Transport& transport)
    : server_(server),
      transport_(transport),
      client_host_(transport.peer_host()),
      server_host_(transport.local_host()),
      client_port_(transport.peer_port()),
      server_port_(transport.local_port()),
      parser_(server.limits()) {
  resume_.protocol = this;
  server_.connection_made(*this);
  await(Waiting::kHead);  // the first byte has a deadline, too
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

/// Bytes that had to wait for an answer go first.
void HttpProtocol::resume() {
  if (processing_ || transport_.is_closing()) return;
  Buffer waiting = std::move(backlog_);
  std::string_view input = waiting.view();
  process(input);
  if (!transport_.is_closing()) backlog_.append(input);
  if (half_closed_ && !cycle_ && backlog_.empty()) transport_.close();
}

void HttpProtocol::process(std::string_view& input) {
  using Event = RequestParser::Event;
  processing_ = true;
  bool more = true;
  while (more && !transport_.is_closing()) {
    if (cycle_ && parser_.message_complete()) {  // the next request waits for this answer
      transport_.pause_reading();
      break;
    }
    if (cycle_ && !cycle_->wants_body()) {
      transport_.pause_reading();
      break;
    }
    switch (parser_.parse(input)) {
      case Event::kNeedMore:
        more = false;
        if (cycle_ && !cycle_started_) start_cycle();
        break;
      case Event::kHead: handle_head(); break;
      case Event::kBody:
        body_deadline_ += kBodyTimePerByte * parser_.body().size();
        if (cycle_) cycle_->body_received(parser_.body());
        break;
      case Event::kComplete:
        if (cycle_) cycle_->body_complete();
        if (cycle_ && !cycle_started_) start_cycle();
        if (!cycle_ && close_when_complete_) transport_.close();
        break;
      case Event::kError:
        refuse(parser_.error().status, parser_.error().reason);
        more = false;
        break;
    }
  }
  processing_ = false;
  if (transport_.is_closing()) return;
  if (!cycle_) {
    transport_.resume_reading();
    await(parser_.head_started()                        ? Waiting::kHead
          : parser_.message_complete() || !any_request_ ? Waiting::kIdle
                                                        : Waiting::kBody);
  } else if (!parser_.message_complete()) {
    await(cycle_->wants_body() ? Waiting::kBody : Waiting::kHandler);
  }
}

void HttpProtocol::handle_head() {
  any_request_ = true;
  if (server_.overloaded()) return refuse(503, "Service Unavailable");
  RequestHead& head = parser_.head();
  const bool websocket = head.upgrade && server_.config().ws != "none" && asks_for_websocket(head);
  if (websocket) {
    const ParseError fault = check_websocket_handshake(head);
    if (fault.status) return refuse(fault.status, fault.reason);
  }
  cycle_ = new Cycle(*this, head);
  if (websocket) cycle_->expect_websocket();
  cycle_->scope.server_host = server_host_;
  cycle_->scope.server_port = server_port_;
  cycle_started_ = false;
  close_when_complete_ = false;
  body_deadline_ = server_.loop().cached_time() + server_.config().timeout_body;
  server_.request_begins();
  if (parser_.message_complete()) {
    cycle_->body_complete();
    start_cycle();
  } else if (cycle_->expects_continue()) {
    start_cycle();
  }
}

void HttpProtocol::start_cycle() {
  await(Waiting::kHandler);
  cycle_started_ = true;
  cycle_->start();
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
  const bool in_step =
      parser_.message_complete() || parser_.set_body_limit(server_.config().limits.body_bytes);
  if (!keep_alive || !in_step) return transport_.close();
  close_when_complete_ = server_.draining();
  if (processing_) return;
  if (!resume_.linked()) server_.loop().schedule(resume_);
}

void HttpProtocol::body_wanted() {
  if (processing_) return;
  transport_.resume_reading();
  if (!backlog_.empty() && !resume_.linked()) server_.loop().schedule(resume_);
}

WebSocketProtocol* HttpProtocol::become_websocket(
    WebSocketSession& session, Scope::Owner& owner,
    const std::optional<WebSocketDeflateOptions>& deflate) {
  auto next = std::make_unique<WebSocketProtocol>(server_, transport_, session, owner, deflate);
  WebSocketProtocol* websocket = next.get();
  websocket->take_over(transport_.set_protocol(std::move(next)), *this);
  return websocket;
}

/// A complete answer and the connection's end.
void HttpProtocol::refuse(int status, std::string_view reason) {
  if (status < 500) log(LogLevel::kWarning, reason);
  if (Cycle* cycle = std::exchange(cycle_, nullptr)) {
    server_.request_ends();
    const bool answering = cycle->response_started();
    cycle->disconnect();
    if (answering) return transport_.close();  // a second head would be read as its body
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

void HttpProtocol::eof_received() {
  half_closed_ = true;
  // A client may send FIN behind its request and still wants its answer.
  if (!cycle_)
    transport_.close();
  else if (!parser_.message_complete())
    transport_.abort();
}

void HttpProtocol::connection_lost(std::error_code) {
  if (!cycle_) return;
  server_.request_ends();
  std::exchange(cycle_, nullptr)->disconnect();
}

void HttpProtocol::pause_writing() {
  writing_paused_ = true;
  await(Waiting::kUnread);
}

void HttpProtocol::resume_writing() {
  writing_paused_ = false;
  await(cycle_ ? Waiting::kHandler : Waiting::kIdle);
  if (cycle_) cycle_->writing_resumed();
}

void HttpProtocol::await(Waiting what) {
  if (what == Waiting::kHead && waiting_ == Waiting::kHead && deadline_ != TimePoint{}) return;
  waiting_ = what;
  const Config& config = server_.config();
  const TimePoint now = server_.loop().cached_time();
  switch (what) {
    case Waiting::kIdle: deadline_ = now + config.timeout_keep_alive; break;
    case Waiting::kHead: deadline_ = now + config.timeout_headers; break;
    case Waiting::kBody:
      deadline_ = std::min(now + config.timeout_body_idle, body_deadline_);
      break;
    case Waiting::kUnread: deadline_ = now + config.timeout_unread_response; break;
    case Waiting::kHandler: deadline_ = TimePoint::max(); break;
  }
}

void HttpProtocol::check_deadline(TimePoint now) {
  if (now < deadline_ || transport_.is_closing()) return;
  switch (waiting_) {
    case Waiting::kHead:
      if (parser_.head_started())
        refuse(408, "Request Timeout");
      else
        transport_.close();
      break;
    case Waiting::kBody:
      if (!writing_paused_) refuse(408, "Request Timeout");
      break;
    case Waiting::kUnread: transport_.abort(); break;
    case Waiting::kIdle:
    case Waiting::kHandler: transport_.close(); break;
  }
}

void HttpProtocol::shutdown(Duration grace) {
  if (cycle_ || parser_.head_started()) return;
  deadline_ = std::min(deadline_, server_.loop().cached_time() + grace);
}

}  // namespace capricorn
