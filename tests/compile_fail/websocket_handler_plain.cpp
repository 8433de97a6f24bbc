// expect: a websocket handler is a coroutine that returns Task<>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.websocket("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
#else
  app.websocket("/", [](WebSocket&) {});
#endif
}
