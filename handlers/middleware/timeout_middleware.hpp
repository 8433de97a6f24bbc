// SPDX-License-Identifier: MIT
#pragma once

#include "../../http/application.hpp"
#include "../../loop/runnable.hpp"

namespace capricorn {

struct TimeoutOptions {
  Duration timeout;  // until an answer begins
};

/// A request whose answer has not begun in time is cancelled and answered with 504. An answer that
/// has begun, a stream's too, takes as long as it takes. Websockets are not limited. What a plain
/// handler does in its thread goes on, and nobody waits for it.
class TimeoutMiddleware final : public Application {
 public:
  using Options = TimeoutOptions;

  /// `next` outlives it. Throws std::invalid_argument for a timeout of nothing.
  TimeoutMiddleware(Application& next, TimeoutOptions options);

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  class DisarmingSend;
  Task<> serve(Scope& scope, Receive& receive, Send& send);

  Application& next_;
  TimeoutOptions options_;
};

}  // namespace capricorn
