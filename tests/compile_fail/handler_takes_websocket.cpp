// expect: WebSocket& is for the handlers of app.websocket()
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.websocket("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
#else
  app.get("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
#endif
}
