// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "../../http/application.hpp"

namespace capricorn {

/// A limit for the bodies of requests in place of the server's, such as for one mounted
/// application; a larger one gets 413. A route's own `max_body` comes before it.
class BodyLimitMiddleware final : public Application {
 public:
  /// `next` outlives it; `max_body` in bytes, more than zero.
  BodyLimitMiddleware(Application& next, std::uint64_t max_body) noexcept
      : next_(next), max_body_(max_body) {}

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    if (scope.type == Scope::Type::kHttp) scope.max_body = max_body_;
    return next_(scope, receive, send);
  }

 private:
  Application& next_;
  std::uint64_t max_body_;
};

}  // namespace capricorn
