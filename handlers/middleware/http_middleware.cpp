// SPDX-License-Identifier: MIT
#include "http_middleware.hpp"

#include <exception>

#include "../errors.hpp"
#include "inner_call.hpp"

namespace capricorn {

Task<Response> CallNext::operator()(Request& request) const { return call_->start(request); }

Task<> BaseHTTPMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type != Scope::Type::kHttp) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> BaseHTTPMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  detail::InnerCall call(next_, scope, receive, send);
  std::exception_ptr failure;
  try {
    const RequestReference request(new Request(scope, call.outside()));
    Response response = co_await answer(*request, CallNext(call));
    co_await response.send(scope, receive, send);
    co_await call.finish();
  } catch (...) {  // thrown again below
    failure = std::current_exception();
  }
  if (!failure) co_return;
  co_await call.abandon();
  std::rethrow_exception(failure);
}

Task<Response> BaseHTTPMiddleware::answer(Request& request, CallNext next) {
  try {
    co_return co_await dispatch(request, next);
  } catch (const HTTPException& exception) {
    co_return response_for(exception);
  }
}

}  // namespace capricorn
