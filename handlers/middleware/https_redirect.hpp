// SPDX-License-Identifier: MIT
#pragma once

#include "../../http/application.hpp"

namespace capricorn {

/// Sends whoever came over http or ws to the same address over https or wss, with 307: Starlette's
/// HTTPSRedirectMiddleware. Behind a proxy that ends TLS the scheme has to be the client's.
class HTTPSRedirectMiddleware final : public Application {
 public:
  /// `next` outlives it.
  explicit HTTPSRedirectMiddleware(Application& next) noexcept : next_(next) {}

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  static Task<> redirect(Scope& scope, Send& send);

  Application& next_;
};

}  // namespace capricorn
