// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "../../http/application.hpp"
#include "../../loop/runnable.hpp"

namespace capricorn {

class Request;

struct RateLimitOptions {
  std::size_t limit = 100;                     // requests of one client
  Duration window = std::chrono::seconds(60);  // in so much time
  std::size_t burst = 0;                       // of them at once; 0: `limit`
  /// Who a request is from; "" for one that is not limited. None: the client's address, of IPv6
  /// the network of 64 bits that belongs to one customer.
  std::string (*key)(Request& request) = nullptr;
  std::size_t max_keys = 10000;  // remembered; beyond them the one that was idle longest is not
};

/// A token bucket for each client: whoever asks more often is answered 429 with Retry-After. Each
/// event loop of each worker has an application, and so buckets, of its own: with N of them a
/// client that the kernel spreads over all may ask up to N times as often. Websockets count as
/// requests, by their handshake.
class RateLimitMiddleware final : public Application {
 public:
  using Options = RateLimitOptions;

  /// `next` outlives it. Throws std::invalid_argument for a limit, window or table of nothing.
  explicit RateLimitMiddleware(Application& next, RateLimitOptions options = {});
  ~RateLimitMiddleware() override;

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  class Buckets;
  std::string key_of(Scope& scope, Receive& receive) const;
  static Task<> refuse(Scope& scope, Send& send, Duration wait);

  Application& next_;
  RateLimitOptions options_;
  std::unique_ptr<Buckets> buckets_;
};

/// The default key, by an address as text.
std::string client_network(std::string_view address);

}  // namespace capricorn
