// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>

#include "../loop/value_task.hpp"
#include "messages.hpp"
#include "scope.hpp"

namespace capricorn {

/// What came for the application. Awaited by one coroutine at a time. The bytes of a body chunk
/// live until the next call. Behind the body it waits until the client leaves or the answer is
/// complete: HttpDisconnect. A call that is cancelled loses nothing: the next one gives what it
/// would have given.
struct Receive {
  virtual ValueTask<ReceiveEvent> operator()() = 0;

 protected:
  ~Receive() = default;
};

/// What the application answers. Bytes are borrowed until the await returns; below the high-water
/// mark of the connection it suspends nothing. Throws std::logic_error for an event out of order,
/// std::runtime_error where the body disagrees with its Content-Length, ClientDisconnect where more
/// of a body is to follow and the client left, WebSocketDisconnect where a websocket is over.
struct Send {
  virtual ValueTask<void> operator()(const SendEvent& event) = 0;

 protected:
  ~Send() = default;
};

/// The border: server/ knows nothing more of a framework, handlers/ nothing more of a server. An
/// application, a middleware and a router are this one call, as in ASGI 3.
struct Application {
  virtual ~Application() = default;
  virtual Task<> operator()(Scope& scope, Receive& receive, Send& send) = 0;
  /// How many routes it has, where it knows: `capricorn check` tells it.
  virtual std::optional<std::size_t> route_count() const { return std::nullopt; }
};

}  // namespace capricorn
