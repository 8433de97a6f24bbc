// expect: an exception handler of websockets is a coroutine that returns Task<>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>
#include <stdexcept>

using namespace capricorn;

void handle(App& app) {
#ifdef CORRECT
  app.exception_handler<std::logic_error>(
      [](WebSocket& socket, const std::logic_error&) -> Task<> { co_await socket.close(4000); });
#else
  app.exception_handler<std::logic_error>([](WebSocket&, const std::logic_error&) {});
#endif
}
