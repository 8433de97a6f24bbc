// expect: a websocket handler takes WebSocket&
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.websocket("/{id}",
                [](WebSocket& socket, Path<int, "id">) -> Task<> { co_await socket.accept(); });
#else
  app.websocket("/{id}", [](Path<int, "id">) -> Task<> { co_return; });
#endif
}
