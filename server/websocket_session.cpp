// SPDX-License-Identifier: MIT
#include "websocket_session.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "../loop/log.hpp"
#include "../loop/sleep.hpp"
#include "../loop/task_core.hpp"
#include "cycle.hpp"
#include "http_protocol.hpp"
#include "server.hpp"
#include "websocket_protocol.hpp"

namespace capricorn {
namespace {

// A queue of large messages is full before it has as many as it may.
constexpr std::size_t kQueuedBytes = 1 << 20;
// Others have their turn even while one sends without end to a client that reads all of it.
constexpr unsigned kMessagesATurn = 64;

[[noreturn]] void refuse(std::string_view expected, std::string_view got) {
  throw std::logic_error("Expected ASGI message " + std::string(expected) + ", but got '" +
                         std::string(got) + "'.");
}

std::string_view name_of(const SendEvent& event) noexcept {
  if (std::holds_alternative<WebSocketAccept>(event)) return "websocket.accept";
  if (std::holds_alternative<WebSocketSend>(event)) return "websocket.send";
  if (std::holds_alternative<WebSocketClose>(event)) return "websocket.close";
  return "http.response.start";
}

bool is_handshake_field(std::string_view name) noexcept {
  return name == "connection" || name == "upgrade" || name == "content-length" ||
         name == "transfer-encoding" || name.starts_with("sec-websocket-");
}

void check_headers(const Headers& headers) {
  for (const Headers::Field field : headers) {
    if (!is_handshake_field(field.name)) continue;
    throw std::invalid_argument("The header '" + std::string(field.name) +
                                "' of a websocket's handshake is the server's to send.");
  }
}

void append_field(Buffer& out, std::string_view name, std::string_view value) {
  out.append(name);
  out.append(": ");
  out.append(value);
  out.append("\r\n");
}

}  // namespace

WebSocketSession::WebSocketSession(HttpServer& server, Cycle& cycle)
    : server_(server), cycle_(cycle), offer_(read_websocket_offer(cycle.scope.headers)) {
  Scope& scope = cycle.scope;
  scope.type = Scope::Type::kWebSocket;
  scope.scheme = scope.scheme == "https" ? "wss" : "ws";
  scope.subprotocols = offer_.subprotocols;
  scope.max_message = server.config().ws_max_size;
}

WebSocketSession::~WebSocketSession() = default;

std::size_t WebSocketSession::max_message() const noexcept { return cycle_.scope.max_message; }

// ---------------------------------------------------------------- receiving

ValueTask<ReceiveEvent> WebSocketSession::receive() {
  if (!std::exchange(connect_told_, true)) return ReceiveEvent(WebSocketConnect{});
  arrival_.expect_nobody();
  if (something_came()) return next();
  return arrival_;
}

void WebSocketSession::Arrival::expect_nobody() const {
  if (state_ == State::kNobody) return;
  throw std::logic_error("One task at a time can wait for a websocket's messages.");
}

void WebSocketSession::Arrival::wait(std::coroutine_handle<> self, PromiseBase& promise) {
  expect_nobody();
  state_ = State::kWaits;
  cancelled_.reset();
  session_.current_.release();
  session_.cycle_.add_reference();  // ours, until it is over
  park(*promise.task(), self, promise);
  if (session_.something_came()) come(false);  // since it was asked for
}

void WebSocketSession::Arrival::come(bool at_once) {
  if (state_ != State::kWaits) return;
  state_ = State::kWoken;
  at_once ? step() : wake();
}

bool WebSocketSession::Arrival::cancel(const std::string& message) {
  if (state_ != State::kWaits) return false;
  cancelled_ = message;
  come(false);
  return true;
}

void WebSocketSession::Arrival::abandon(std::string message) {
  if (state_ == State::kNobody) return;
  cancelled_ = std::move(message);
  come(false);
}

void WebSocketSession::Arrival::forget() noexcept {
  state_ = State::kNobody;
  session_.cycle_.drop_reference();
}

ReceiveEvent WebSocketSession::Arrival::take() {
  struct End {
    ~End() { arrival.forget(); }
    Arrival& arrival;
  } const end{*this};
  if (cancelled_) {
    cancellation_delivered();
    throw CancelledError(std::move(*cancelled_));
  }
  throw_if_cancelled();
  return session_.next();
}

ReceiveEvent WebSocketSession::next() {
  if (queue_.size() == 0) return *disconnect_;
  Message message = queue_.pop_front();
  current_ = std::move(message.data);
  queued_bytes_ -= current_.size();
  const bool much =
      queue_.size() > server_.config().ws_max_queue / 4 || queued_bytes_ > kQueuedBytes / 4;
  if (connection_ && !much) connection_->resume_reading();
  return WebSocketReceive{current_.view(), message.text};
}

bool WebSocketSession::wants_messages() const noexcept {
  return queue_.size() < server_.config().ws_max_queue && queued_bytes_ < kQueuedBytes;
}

void WebSocketSession::message_received(Buffer data, bool text, bool at_once) {
  if (disconnect_ || closed_) return;
  queued_bytes_ += data.size();
  queue_.push_back({std::move(data), text});
  arrival_.come(at_once);
}

void WebSocketSession::disconnected(int code, std::string_view reason, bool at_once) {
  if (disconnect_) return;
  disconnect_.emplace(code, reason);
  writing_resumed();
  arrival_.come(at_once);
}

// ---------------------------------------------------------------- sending

bool WebSocketSession::takes(const SendEvent& event) const noexcept {
  return accepted_ || closed_ || std::holds_alternative<WebSocketAccept>(event) ||
         std::holds_alternative<WebSocketSend>(event) ||
         std::holds_alternative<WebSocketClose>(event);
}

ValueTask<void> WebSocketSession::send(const SendEvent& event) {
  if (closed_ || (!accepted_ && cycle_.response_started())) {
    throw std::logic_error("Unexpected ASGI message '" + std::string(name_of(event)) +
                           "', after sending 'websocket.close' or response already completed.");
  }
  if (const auto* message = std::get_if<WebSocketSend>(&event)) return send_message(*message);
  if (const auto* end = std::get_if<WebSocketClose>(&event)) return close(*end);
  const auto* start = std::get_if<WebSocketAccept>(&event);
  if (accepted_ || !start) refuse("'websocket.send' or 'websocket.close'", name_of(event));
  return accept(*start);
}

ValueTask<void> WebSocketSession::accept(const WebSocketAccept& event) {
  if (disconnect_) throw *disconnect_;
  check_headers(event.headers);
  if (!server_.config().ws_per_message_deflate) offer_.deflate.reset();
  // First, as it needs memory: without that the answer is another one.
  connection_ = cycle_.become_websocket(event.headers, offer_.deflate);
  accepted_ = true;
  connect_told_ = true;
  try {
    write_handshake(event);
  } catch (...) {  // passes through: behind half of it nothing could be understood
    connection_->abort();
    throw;
  }
  return {};
}

void WebSocketSession::write_handshake(const WebSocketAccept& event) {
  const DefaultHeaders defaults = server_.default_headers();
  Transport& transport = connection_->transport();
  Buffer& out = transport.output();
  out.append("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n");
  append_field(out, "sec-websocket-accept", websocket_accept_key(offer_.key));
  // A client fails a connection whose subprotocol it did not offer (RFC 6455, 4.1).
  if (std::ranges::find(offer_.subprotocols, event.subprotocol) != offer_.subprotocols.end()) {
    append_field(out, "sec-websocket-protocol", event.subprotocol);
  }
  if (offer_.deflate) {
    append_field(out, "sec-websocket-extensions", format_deflate_answer(*offer_.deflate));
  }
  if (!event.headers.get(HeaderId::kDate)) out.append(defaults.date());
  if (!event.headers.get(HeaderId::kServer)) out.append(defaults.server());
  if (defaults.more) {
    for (const Headers::Field field : *defaults.more) {
      if (!event.headers.get(field.name)) append_field(out, field.name, field.value);
    }
  }
  for (const Headers::Field field : event.headers) append_field(out, field.name, field.value);
  out.append("\r\n");
  transport.written();
}

ValueTask<void> WebSocketSession::send_message(const WebSocketSend& event) {
  if (!accepted_) {
    refuse("'websocket.accept', 'websocket.close' or 'websocket.http.response.start'",
           "websocket.send");
  }
  if (disconnect_ || !connection_) {
    throw disconnect_ ? *disconnect_ : WebSocketDisconnect(1006, "");
  }
  connection_->send_message(event.data, event.text);
  const bool waits =
      connection_ && (++sent_ % kMessagesATurn == 0 || connection_->holds_up_sending());
  return waits ? ValueTask<void>(drain(Hold(cycle_))) : ValueTask<void>();
}

/// Another handler's task may be here, for whom nothing else keeps this session.
Task<> WebSocketSession::drain(Hold<Cycle>) {
  // It may have gone before anybody awaits this.
  if (connection_ && !connection_->holds_up_sending()) co_await sleep(Duration::zero());
  while (connection_ && !disconnect_ && connection_->holds_up_sending()) {
    Future<void> drained = drained_.add(server_.loop());
    co_await drained;
  }
}

void WebSocketSession::writing_resumed() { drained_.wake_all(); }

ValueTask<void> WebSocketSession::close(const WebSocketClose& event) {
  if (event.code != 1005 && !is_close_code(event.code)) {
    throw std::invalid_argument("A websocket cannot be closed with code " +
                                std::to_string(event.code) + ".");
  }
  if (!accepted_) {
    if (disconnect_) return {};
    const Headers headers{{"content-type", "text/plain; charset=utf-8"}};
    auto sent = cycle_(WholeResponse{403, headers, "Forbidden"});
    closed_ = true;
    return sent;
  }
  closed_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  if (disconnect_ || !connection_) return {};  // it is over already: as good
  connection_->close(event.code, event.reason);
  disconnected(event.code, event.reason, false);
  return {};
}

void WebSocketSession::app_ended(bool failed) {
  arrival_.abandon("The websocket's handler has ended.");  // in a task that it left behind
  queue_.clear();
  queued_bytes_ = 0;
  current_.release();
  if (!connection_ || disconnect_) return;
  connection_->close(failed ? 1011 : 1000, failed ? "Internal server error" : "");
  disconnected(failed ? 1011 : 1000, "", false);
}

}  // namespace capricorn
