// expect: StreamingResponse takes a coroutine Task<>(BodyWriter&)
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [] { return StreamingResponse([](BodyWriter&) -> Task<> { co_return; }); });
#else
  app.get("/", [] { return StreamingResponse([](BodyWriter&) {}); });
#endif
}
