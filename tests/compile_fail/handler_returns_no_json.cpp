// expect: a handler returns a Response, a model, a value that JSON has, void, or a Task of one of
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include <mutex>

using namespace capricorn;

void routes(App& app) {
#ifdef CORRECT
  app.get("/", [] { return 1; });
#else
  app.get("/", [] { return std::mutex(); });
#endif
}
