// expect: a middleware is a class derived from Application
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

#ifdef CORRECT
struct Outer : Application {
#else
struct Outer {
#endif
  explicit Outer(Application& next) : next(next) {}
  Task<> operator()(Scope& scope, Receive& receive, Send& send) {
    co_await next(scope, receive, send);
  }
  Application& next;
};

void build(App& app) { app.add_middleware<Outer>(); }
