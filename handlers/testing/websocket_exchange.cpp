// SPDX-License-Identifier: MIT
#include "websocket_exchange.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace capricorn::detail {
namespace {

// Then the application waits for the client to read.
constexpr std::size_t kMaxOutgoing = 1024;

}  // namespace

WebSocketExchange::WebSocketExchange(std::shared_ptr<ExchangeHouse> house,
                                     const OutgoingRequest& outgoing, const TestPeer& peer,
                                     const std::vector<std::string>& subprotocols)
    : Exchange(std::move(house), outgoing, peer),
      offered_(subprotocols),
      offered_views_(offered_.begin(), offered_.end()) {
  scope.type = Scope::Type::kWebSocket;
  scope.subprotocols = offered_views_;
}

// ---------------------------------------------------------------- the application receives

ValueTask<ReceiveEvent> WebSocketExchange::operator()() {
  if (!std::exchange(connect_told_, true)) return ReceiveEvent(WebSocketConnect{});
  if (incoming_.size() > 0 || client_end_ || end_) return next_event();
  return wait_for_event();
}

Task<ReceiveEvent> WebSocketExchange::wait_for_event() {
  while (incoming_.size() == 0 && !client_end_ && !end_) co_await change();
  co_return next_event();
}

/// Who closed it itself is told so, as if the client had answered.
ReceiveEvent WebSocketExchange::next_event() {
  if (end_) return *end_;
  if (incoming_.size() == 0) return *client_end_;
  current_ = incoming_.pop_front();
  return WebSocketReceive{current_.data, current_.text};
}

// ---------------------------------------------------------------- the application sends

ValueTask<void> WebSocketExchange::operator()(const SendEvent& event) {
  if (end_ || denial_.complete()) {
    throw std::logic_error(
        "Unexpected ASGI message, after sending 'websocket.close' or response already completed.");
  }
  const auto* message = std::get_if<WebSocketSend>(&event);
  const auto* close = std::get_if<WebSocketClose>(&event);
  const auto* start = std::get_if<WebSocketAccept>(&event);
  const bool has_to_be_open = message != nullptr;
  if ((accepted_ && !message && !close) || (!accepted_ && has_to_be_open)) {
    throw std::logic_error(accepted_ ? "Expected 'websocket.send' or 'websocket.close'."
                                     : "Expected 'websocket.accept', 'websocket.close' or a "
                                       "response, but got 'websocket.send'.");
  }
  if (message) return take_message(*message);
  if (start) {
    accept(*start);
  } else if (close) {
    end_.emplace(close->code, close->reason);
  } else {
    denial_.take(event);
  }
  changed();
  return {};
}

void WebSocketExchange::accept(const WebSocketAccept& event) {
  accepted_ = true;
  // A client fails a connection whose subprotocol it did not offer (RFC 6455, 4.1).
  if (std::ranges::find(offered_views_, event.subprotocol) != offered_views_.end()) {
    subprotocol_ = event.subprotocol;
  }
  accept_headers_ = event.headers.clone();
}

ValueTask<void> WebSocketExchange::take_message(const WebSocketSend& message) {
  if (client_end_) throw WebSocketDisconnect(*client_end_);
  outgoing_.push_back({std::string(message.data), message.text});
  changed();
  if (outgoing_.size() >= kMaxOutgoing) return wait_for_room();
  return {};
}

Task<> WebSocketExchange::wait_for_room() {
  while (outgoing_.size() >= kMaxOutgoing && !client_end_) co_await change();
}

const char* WebSocketExchange::left_undone() const noexcept {
  if (accepted_ || end_ || denial_.complete()) return nullptr;
  return "Application returned without accepting or refusing the websocket.";
}

// ---------------------------------------------------------------- the client

Task<> WebSocketExchange::wait_for_handshake() {
  while (!accepted_ && !end_ && !denial_.complete() && !ended()) co_await change();
}

void WebSocketExchange::send(WebSocketMessage message) {
  if (end_) throw WebSocketDisconnect(*end_);
  if (client_end_) throw std::logic_error("The websocket was closed by this client.");
  incoming_.push_back(std::move(message));
  changed();
}

Task<std::optional<WebSocketMessage>> WebSocketExchange::next() {
  while (outgoing_.size() == 0 && !end_ && !ended()) co_await change();
  if (outgoing_.size() == 0) co_return std::nullopt;
  WebSocketMessage message = outgoing_.pop_front();
  changed();
  co_return std::move(message);
}

void WebSocketExchange::close(int code, std::string reason) {
  if (client_end_) return;
  client_end_.emplace(code, reason);
  disconnect();
  changed();
}

}  // namespace capricorn::detail
