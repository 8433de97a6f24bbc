// expect: a middleware is a coroutine Task<Response>(Request&, CallNext)
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void build(App& app) {
#ifdef CORRECT
  app.middleware(
      [](Request& request, CallNext next) -> Task<Response> { co_return co_await next(request); });
#else
  app.middleware([](Request&, CallNext) { return Response(200); });
#endif
}
