// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../loop/ring_buffer.hpp"
#include "answer.hpp"
#include "exchange.hpp"

namespace capricorn {

/// A message of a websocket that owns its bytes.
struct WebSocketMessage {
  std::string data;
  bool text = true;
};

namespace detail {

/// A websocket between a test's client and an application.
class WebSocketExchange final : public Exchange {
 public:
  WebSocketExchange(std::shared_ptr<ExchangeHouse> house, const OutgoingRequest& request,
                    const TestPeer& peer, const std::vector<std::string>& subprotocols);

  // The client's side
  /// Until it is accepted or refused, or the application ended.
  Task<> wait_for_handshake();
  bool accepted() const noexcept { return accepted_; }
  const std::optional<std::string>& subprotocol() const noexcept { return subprotocol_; }
  Headers& accept_headers() noexcept { return accept_headers_; }
  /// Where the handshake was answered with a response of HTTP's.
  Answer* denial() noexcept { return denial_.started() ? &denial_ : nullptr; }
  /// Throws the application's WebSocketDisconnect once that came.
  void send(WebSocketMessage message);
  /// The next message; nothing once the application closed it or ended.
  Task<std::optional<WebSocketMessage>> next();
  /// How the application ended it, where it did.
  const std::optional<WebSocketDisconnect>& end() const noexcept { return end_; }
  /// The client ends it, or answers the application's end.
  void close(int code, std::string reason);

  ValueTask<ReceiveEvent> operator()() override;
  ValueTask<void> operator()(const SendEvent& event) override;

 private:
  bool answered() const noexcept override { return end_.has_value(); }
  const char* left_undone() const noexcept override;
  bool dies_with_client() const noexcept override { return false; }
  Task<ReceiveEvent> wait_for_event();
  ReceiveEvent next_event();
  void accept(const WebSocketAccept& event);
  ValueTask<void> take_message(const WebSocketSend& message);
  Task<> wait_for_room();

  // Handshake
  const std::vector<std::string> offered_;
  const std::vector<std::string_view> offered_views_;
  std::optional<std::string> subprotocol_;
  Headers accept_headers_;
  Answer denial_{false};
  bool accepted_ = false;

  // To the application
  RingBuffer<WebSocketMessage> incoming_;
  WebSocketMessage current_;  // in the application's hands
  std::optional<WebSocketDisconnect> client_end_;
  bool connect_told_ = false;

  // To the client
  RingBuffer<WebSocketMessage> outgoing_;
  std::optional<WebSocketDisconnect> end_;
};

}  // namespace detail
}  // namespace capricorn
