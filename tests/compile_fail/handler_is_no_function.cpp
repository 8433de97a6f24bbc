// expect: a handler is a function or an object with one operator() that is no template
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [] { return "hello"; });
#else
  app.get("/", "hello");
#endif
}
