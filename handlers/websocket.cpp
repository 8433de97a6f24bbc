// SPDX-License-Identifier: MIT
#include "websocket.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <variant>

#include "json_dom.hpp"

namespace capricorn {

WebSocketException::~WebSocketException() = default;

bool WebSocket::offers(std::string_view subprotocol) const noexcept {
  return std::ranges::find(subprotocols(), subprotocol) != subprotocols().end();
}

/// The first event; one that is already over gives its end.
Task<> WebSocket::expect_connect() {
  const ReceiveEvent event = co_await (*receive_)();
  if (const auto* end = std::get_if<WebSocketDisconnect>(&event)) {
    client_state_ = WebSocketState::kDisconnected;
    end_ = *end;
    throw WebSocketDisconnect(end_);
  }
  client_state_ = WebSocketState::kConnected;
}

Task<> WebSocket::accept(std::string subprotocol, HeaderList list) {
  if (client_state_ == WebSocketState::kConnecting) co_await expect_connect();
  Headers headers;
  for (const auto& [name, value] : list) headers.append(name, value);
  const SendEvent event = WebSocketAccept{subprotocol, headers};
  co_await (*send_)(event);
  application_state_ = WebSocketState::kConnected;
}

Task<> WebSocket::send_denial_response(Response response) {
  if (application_state_ != WebSocketState::kConnecting) {
    throw std::logic_error("A denial response is sent instead of accepting the websocket.");
  }
  application_state_ = WebSocketState::kDisconnected;
  co_await response.send(scope(), *send_);
}

// ---------------------------------------------------------------- receiving

bool ReceivingMessage::Awaiter::await_ready() {
  if (socket_.client_state_ == WebSocketState::kDisconnected) {
    throw std::logic_error("Cannot call \"receive\" once a disconnect message has been received.");
  }
  if (socket_.application_state_ == WebSocketState::kConnecting) {
    throw std::logic_error("WebSocket is not connected. Need to call \"accept\" first.");
  }
  event_.emplace((*socket_.receive_)());
  return event_->await_ready();
}

std::optional<WebSocketReceive> ReceivingMessage::Awaiter::await_resume() {
  const ReceiveEvent event = event_->await_resume();
  if (const auto* message = std::get_if<WebSocketReceive>(&event)) return *message;
  if (const auto* end = std::get_if<WebSocketDisconnect>(&event)) socket_.end_ = *end;
  socket_.client_state_ = WebSocketState::kDisconnected;
  return std::nullopt;
}

Task<std::optional<std::string>> WebSocket::receive_text() {
  const std::optional<WebSocketReceive> message = co_await receive();
  if (!message) co_return std::nullopt;
  if (!message->text) throw WebSocketException(1003, "expected text, got bytes");
  co_return std::string(message->data);
}

Task<std::optional<std::string>> WebSocket::receive_bytes() {
  const std::optional<WebSocketReceive> message = co_await receive();
  if (!message) co_return std::nullopt;
  if (message->text) throw WebSocketException(1003, "expected bytes, got text");
  co_return std::string(message->data);
}

Task<std::optional<nlohmann::json>> WebSocket::receive_json() {
  const std::optional<WebSocketReceive> message = co_await receive();
  if (!message) co_return std::nullopt;
  if (!message->text) throw WebSocketException(1003, "expected text, got bytes");
  std::optional<nlohmann::json> json = try_parse_json(message->data);
  if (!json) throw WebSocketException(1007, "expected JSON");
  co_return json;
}

// ---------------------------------------------------------------- sending

void WebSocket::expect_connected() const {
  if (application_state_ == WebSocketState::kConnecting) {
    throw std::logic_error("WebSocket is not connected. Need to call \"accept\" first.");
  }
  if (application_state_ == WebSocketState::kDisconnected) {
    throw std::logic_error("Cannot call \"send\" once a close message has been sent.");
  }
}

bool SendingMessage::Awaiter::await_ready() {
  socket_.expect_connected();
  sent_.emplace((*socket_.send_)(event_));
  return sent_->await_ready();
}

Task<> WebSocket::send_owned(Buffer text) {
  expect_connected();
  const SendEvent event = WebSocketSend{text.view(), true};
  co_await (*send_)(event);
}

Task<> WebSocket::close(int code, std::string reason) {
  if (application_state_ == WebSocketState::kDisconnected) {
    throw std::logic_error("Cannot call \"close\" once a close message has been sent.");
  }
  application_state_ = WebSocketState::kDisconnected;
  if (client_state_ == WebSocketState::kDisconnected) co_return;
  const SendEvent event = WebSocketClose{code, reason};
  co_await (*send_)(event);
}

}  // namespace capricorn
