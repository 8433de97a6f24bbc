// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "../../http/application.hpp"

namespace capricorn {

struct ProcessTimeOptions {
  /// Seconds until the answer began, such as "0.001235"; "": not said.
  std::string header = "x-process-time";
  /// The same in milliseconds under that name in a Server-Timing field, which browsers show; "":
  /// not said.
  std::string server_timing = "app";
};

/// Tells on each answer how long it took to begin. It tells everybody: not for where that gives
/// something away. https://www.w3.org/TR/server-timing/
class ProcessTimeMiddleware final : public Application {
 public:
  using Options = ProcessTimeOptions;

  /// `next` outlives it. Throws std::invalid_argument for names that are no tokens.
  explicit ProcessTimeMiddleware(Application& next, ProcessTimeOptions options = {});

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  class TimedSend;
  Task<> serve(Scope& scope, Receive& receive, Send& send);

  Application& next_;
  ProcessTimeOptions options_;
};

}  // namespace capricorn
