// expect: a websocket handler takes no Body<>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Item {
  int id;
};

void routes(App& app) {
#ifdef CORRECT
  app.websocket("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
#else
  app.websocket("/", [](WebSocket& socket, Body<Item>) -> Task<> { co_await socket.accept(); });
#endif
}
