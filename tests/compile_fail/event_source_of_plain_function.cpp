// expect: EventSourceResponse takes an AsyncGenerator or a coroutine Task<>(EventWriter&)
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter&) -> Task<> { co_return; });
  });
#else
  app.get("/", []() -> Task<Response> { co_return EventSourceResponse([](EventWriter&) {}); });
#endif
}
