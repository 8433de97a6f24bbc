// expect: a middleware is constructed as M(Application& next, arguments...)
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Outer : Application {
#ifdef CORRECT
  Outer(Application& next, int) : next(next) {}
#else
  Outer(int, Application& next) : next(next) {}
#endif
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    co_await next(scope, receive, send);
  }
  Application& next;
};

void build(App& app) { app.add_middleware<Outer>(3); }
