// SPDX-License-Identifier: MIT
#pragma once

#include "../../http/application.hpp"

namespace capricorn {

/// Names the state of what GET answers by a hash of its bytes, and answers 304 to a client that has
/// that state: it spares bytes, not work. For answers of 200 with all of their body at once that
/// have no ETag yet and no `Cache-Control: no-store`.
class ETagMiddleware final : public Application {
 public:
  /// `next` outlives it.
  explicit ETagMiddleware(Application& next) noexcept : next_(next) {}

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  Task<> serve(Scope& scope, Receive& receive, Send& send);

  Application& next_;
};

}  // namespace capricorn
