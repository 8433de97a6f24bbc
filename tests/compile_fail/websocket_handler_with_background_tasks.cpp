// expect: a websocket handler takes no Response& or BackgroundTasks&
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.websocket("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
#else
  app.websocket("/",
                [](WebSocket& socket, BackgroundTasks&) -> Task<> { co_await socket.accept(); });
#endif
}
