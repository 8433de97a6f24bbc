// expect: a websocket handler takes no Form<> or File<>: its handshake has none
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.websocket("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
#else
  app.websocket("/", [](WebSocket& socket, Form<int, "n">) -> Task<> { co_await socket.accept(); });
#endif
}
