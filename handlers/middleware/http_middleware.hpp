// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>

#include "../../http/application.hpp"
#include "../request.hpp"
#include "../response.hpp"

namespace capricorn {

namespace detail {
class InnerCall;
}

/// The rest of the application, as a `(request, next)` middleware calls it. A value that is copied
/// freely; it is good until the middleware has returned.
class CallNext {
 public:
  explicit CallNext(detail::InnerCall& call) noexcept : call_(&call) {}

  /// The answer as the rest of the application gives it: a value to look at, change, or drop. A
  /// body that streams stays a stream: its bytes go to the client when the middleware has returned
  /// the response, as they come. A body that the middleware has read of `request` is there again;
  /// one that it took by `stream` or `form` is empty for what follows.
  ///
  /// Throws what the application throws before it answers; an HTTPException of a handler is an
  /// answer already. Cancelled, it ends the application first.
  ///
  /// Another call asks anew, and ends the answer of the one before. It has the body again where the
  /// middleware has read it by `request.body()` before; else what the call before took is gone, and
  /// whoever asks for it, the middleware too, gets a RuntimeError.
  CAPRICORN_CORO_WRAPPER Task<Response> operator()(Request& request) const;

 private:
  detail::InnerCall* call_;
};

/// A middleware that sees requests and responses: Starlette's BaseHTTPMiddleware. What background
/// tasks the response has run once it has been sent, as without it. Websockets and the lifespan
/// pass by. An HTTPException that `dispatch` throws is answered.
///
/// The other kind is any class that is derived from Application and hands its three arguments on:
/// it costs less, sees everything, and has to understand the events.
class BaseHTTPMiddleware : public Application {
 public:
  /// What it calls, which outlives it.
  explicit BaseHTTPMiddleware(Application& next) noexcept : next_(next) {}

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) final;

 protected:
  /// The request lives until the returned response has been sent.
  virtual Task<Response> dispatch(Request& request, CallNext next) = 0;

 private:
  Task<> serve(Scope& scope, Receive& receive, Send& send);
  Task<Response> answer(Request& request, CallNext next);

  Application& next_;
};

/// What `app.middleware(function)` puts around the application. It keeps the function, captures
/// included.
template <class F>
class FunctionMiddleware final : public BaseHTTPMiddleware {
  static_assert(std::is_invocable_r_v<Task<Response>, F&, Request&, CallNext>,
                "a middleware is a coroutine Task<Response>(Request&, CallNext)");

 public:
  FunctionMiddleware(Application& next, F function)
      : BaseHTTPMiddleware(next), function_(std::move(function)) {}

 protected:
  CAPRICORN_CORO_WRAPPER Task<Response> dispatch(Request& request, CallNext next) override {
    return function_(request, next);
  }

 private:
  F function_;
};

}  // namespace capricorn
