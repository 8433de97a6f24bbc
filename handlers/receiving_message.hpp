// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <optional>

#include "../http/application.hpp"

namespace capricorn {

class WebSocket;

/// The next message of a websocket's client: awaited once, as a temporary or moved. It is no
/// coroutine; its wait lies in the frame of the one that awaits it.
class [[nodiscard]] ReceivingMessage {
 public:
  class Awaiter;
  Awaiter operator co_await() && noexcept;

 private:
  friend class WebSocket;
  explicit ReceivingMessage(WebSocket& socket) noexcept : socket_(&socket) {}

  WebSocket* socket_;
};

class ReceivingMessage::Awaiter {
 public:
  explicit Awaiter(WebSocket& socket) noexcept : socket_(socket) {}
  Awaiter(const Awaiter&) = delete;

  /// Asks for it. Throws what `WebSocket::receive` does.
  bool await_ready();
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) {
    return event_->await_suspend(self);
  }
  std::optional<WebSocketReceive> await_resume();

 private:
  WebSocket& socket_;
  std::optional<ValueTask<ReceiveEvent>::Awaiter> event_;
};

inline ReceivingMessage::Awaiter ReceivingMessage::operator co_await() && noexcept {
  return Awaiter(*socket_);
}

}  // namespace capricorn
