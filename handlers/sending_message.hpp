// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <optional>

#include "../http/application.hpp"

namespace capricorn {

class WebSocket;

/// A message on its way to a websocket's client: awaited once, as a temporary. It is no coroutine,
/// but lies, with the event that is borrowed meanwhile, in the frame of the one that awaits it.
class [[nodiscard]] SendingMessage {
 public:
  SendingMessage(const SendingMessage&) = delete;
  SendingMessage& operator=(const SendingMessage&) = delete;

  /// Sends it; false where the client reads slowly. Throws what `Send` throws.
  bool await_ready();
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) {
    return sent_->await_suspend(self);
  }
  void await_resume() { sent_->await_resume(); }

 private:
  friend class WebSocket;
  SendingMessage(const WebSocket& socket, WebSocketSend message)
      : socket_(socket), event_(message) {}

  const WebSocket& socket_;
  const SendEvent event_;
  std::optional<ValueTask<void>::Awaiter> sent_;
};

}  // namespace capricorn
