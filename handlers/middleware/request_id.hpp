// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "../../http/application.hpp"

namespace capricorn {

struct RequestIdOptions {
  std::string header = "x-request-id";
  /// Whether one that the client, or the proxy before us, sends is kept. It has to consist of at
  /// most 128 letters, digits and characters of "-._~+/=:@"; another one is replaced.
  bool trust_client = true;
};

/// Gives each request and websocket an id: `request.request_id()`, on the answer, and in the lines
/// of the log. A new one is 32 random hexadecimal digits.
class RequestIdMiddleware final : public Application {
 public:
  using Options = RequestIdOptions;

  /// `next` outlives it. Throws std::invalid_argument for a header's name that is none.
  explicit RequestIdMiddleware(Application& next, RequestIdOptions options = {});

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  class RequestIdSend;
  Task<> serve(Scope& scope, Receive& receive, Send& send);

  Application& next_;
  RequestIdOptions options_;
};

}  // namespace capricorn
