// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include "../../http/application.hpp"
#include "../authentication.hpp"
#include "../response.hpp"

namespace capricorn {

struct AuthenticationOptions {
  /// Answers credentials that are wrong; null: 400 with the error's text.
  Response (*on_error)(Request& request, const AuthenticationError& error) = nullptr;
};

/// Asks its backend who sends a request, and gives the application `request.user()` and
/// `request.auth()`: Starlette's AuthenticationMiddleware. Of whom the backend knows nothing is an
/// UnauthenticatedUser without scopes; what they may do is said by `Requires`. A websocket with
/// wrong credentials is refused with 403.
class AuthenticationMiddleware final : public Application {
 public:
  /// `next` outlives it; it keeps the backend.
  template <std::derived_from<AuthenticationBackend> B>
  AuthenticationMiddleware(Application& next, B backend, AuthenticationOptions options = {})
      : AuthenticationMiddleware(
            next, std::unique_ptr<AuthenticationBackend>(new B(std::move(backend))), options) {}
  AuthenticationMiddleware(Application& next, std::unique_ptr<AuthenticationBackend> backend,
                           AuthenticationOptions options = {});

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  Task<> serve(Scope& scope, Receive& receive, Send& send);

  Application& next_;
  std::unique_ptr<AuthenticationBackend> backend_;
  AuthenticationOptions options_;
};

}  // namespace capricorn
