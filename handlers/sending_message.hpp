// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <optional>

#include "../http/application.hpp"

namespace capricorn {

class WebSocket;

/// A message on its way to a websocket's client: awaited once, as a temporary or moved. It is no
/// coroutine; the event that is borrowed meanwhile lies in the frame of the one that awaits it.
class [[nodiscard]] SendingMessage {
 public:
  class Awaiter;
  Awaiter operator co_await() && noexcept;

 private:
  friend class WebSocket;
  SendingMessage(const WebSocket& socket, WebSocketSend message) noexcept
      : socket_(&socket), message_(message) {}

  const WebSocket* socket_;
  WebSocketSend message_;
};

class SendingMessage::Awaiter {
 public:
  Awaiter(const WebSocket& socket, WebSocketSend message) noexcept
      : socket_(socket), event_(message) {}
  Awaiter(const Awaiter&) = delete;

  /// Sends it; false where the client reads slowly. Throws what `Send` throws.
  bool await_ready();
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) {
    return sent_->await_suspend(self);
  }
  void await_resume() { sent_->await_resume(); }

 private:
  const WebSocket& socket_;
  const SendEvent event_;
  std::optional<ValueTask<void>::Awaiter> sent_;
};

inline SendingMessage::Awaiter SendingMessage::operator co_await() && noexcept {
  return Awaiter(*socket_, message_);
}

}  // namespace capricorn
