// SPDX-License-Identifier: MIT
#include "authentication_middleware.hpp"

#include <optional>

namespace capricorn {

AuthenticationMiddleware::AuthenticationMiddleware(Application& next,
                                                   std::unique_ptr<AuthenticationBackend> backend,
                                                   AuthenticationOptions options)
    : next_(next), backend_(std::move(backend)), options_(options) {}

Task<> AuthenticationMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type == Scope::Type::kLifespan) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> AuthenticationMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  std::optional<AuthenticationResult> found;
  std::optional<Response> refusal;
  {
    const RequestReference request(new Request(scope, receive));
    try {
      found = co_await backend_->authenticate(*request);
    } catch (const AuthenticationError& error) {
      refusal = options_.on_error ? options_.on_error(*request, error)
                                  : PlainTextResponse(error.what(), 400);
    }
  }
  if (!refusal) {
    if (!found) found.emplace(AuthCredentials(), UnauthenticatedUser());
    scope.extensions.emplace<AuthenticationResult>(*std::move(found));
    co_return co_await next_(scope, receive, send);
  }
  if (scope.type != Scope::Type::kWebSocket) {
    co_return co_await refusal->send(scope, receive, send);
  }
  const SendEvent end = WebSocketClose{1000, {}};
  co_await send(end);
}

}  // namespace capricorn
