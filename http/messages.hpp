// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "../loop/runnable.hpp"
#include "headers.hpp"

namespace capricorn {

// Received: ASGI's http.request, http.disconnect, websocket.connect, websocket.receive,
// websocket.disconnect, lifespan.startup, lifespan.shutdown.
struct HttpRequest {
  std::string_view body;
  bool more_body = false;
  const Headers* trailers = nullptr;  // with the last piece, where the client sent some
};
struct HttpDisconnect {};
struct WebSocketConnect {};
/// One whole message; its bytes live until the next `receive()`. Text is valid UTF-8.
struct WebSocketReceive {
  std::string_view data;
  bool text = true;
};
/// The websocket is over: told by `receive()`, thrown by `send()`. 1005 where the peer gave no
/// code, 1006 where the connection broke.
struct WebSocketDisconnect : std::exception {
  WebSocketDisconnect() = default;
  WebSocketDisconnect(int c, std::string_view r) : code(c), reason(r) {}
  const char* what() const noexcept override { return "the websocket is over"; }

  int code = 1005;
  std::string reason;
};
struct LifespanStartup {};
struct LifespanShutdown {
  // What is left of the graceful shutdown for requests that go on behind their answers; unset: they
  // take the time that they need.
  std::optional<Duration> grace = {};
};
using ReceiveEvent = std::variant<HttpRequest, HttpDisconnect, WebSocketConnect, WebSocketReceive,
                                  WebSocketDisconnect, LifespanStartup, LifespanShutdown>;

// Sent, ASGI's http.response.* and lifespan.*. Headers and bytes are borrowed until the send's
// await returns.
struct ResponseStart {
  int status = 200;
  const Headers& headers;
};
struct ResponseBody {
  std::string_view body;
  bool more_body = false;
};
/// 103 before the start, any number of times (ASGI's http.response.early_hint).
struct EarlyHints {
  const Headers& headers;
};
/// Start and the one and only body in one event: a single write.
struct WholeResponse {
  int status = 200;
  const Headers& headers;
  std::string_view body;
};
/// A range of an open file as body chunk (ASGI's zerocopysend extension).
struct FileRange {
  int fd;
  std::uint64_t offset;
  std::uint64_t size;
  bool more_body = false;
};
/// Opens the websocket. A subprotocol that the client did not offer is not sent; `headers` come
/// besides the handshake's own.
struct WebSocketAccept {
  std::string_view subprotocol;
  const Headers& headers;
};
/// One message. Text has to be valid UTF-8.
struct WebSocketSend {
  std::string_view data;
  bool text = true;
};
/// Before WebSocketAccept it refuses the handshake with 403; a response, sent instead, with that.
struct WebSocketClose {
  int code = 1000;
  std::string_view reason = {};
};
struct LifespanStartupComplete {};
struct LifespanStartupFailed {
  std::string message;
};
struct LifespanShutdownComplete {};
struct LifespanShutdownFailed {
  std::string message;
};
using SendEvent =
    std::variant<ResponseStart, ResponseBody, WholeResponse, FileRange, EarlyHints, WebSocketAccept,
                 WebSocketSend, WebSocketClose, LifespanStartupComplete, LifespanStartupFailed,
                 LifespanShutdownComplete, LifespanShutdownFailed>;

}  // namespace capricorn
