// expect: an exception handler takes (Request&, const E&) or (WebSocket&, const E&)
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>
#include <stdexcept>

using namespace capricorn;

void handle(App& app) {
#ifdef CORRECT
  app.exception_handler<std::logic_error>(
      [](Request&, const std::logic_error&) -> Response { return Response(400); });
#else
  app.exception_handler<std::logic_error>([](Request&) -> Response { return Response(400); });
#endif
}
