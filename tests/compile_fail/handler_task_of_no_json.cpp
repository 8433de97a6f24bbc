// expect: a handler returns a Response, a model, a value that JSON has, void, or a Task of one of
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", []() -> Task<int> { co_return 1; });
#else
  app.get("/", []() -> Task<const void*> { co_return nullptr; });
#endif
}
