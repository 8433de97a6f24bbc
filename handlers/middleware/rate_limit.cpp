// SPDX-License-Identifier: MIT
#include "rate_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <list>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "../../http/hash.hpp"
#include "../../loop/loop.hpp"
#include "../errors.hpp"
#include "../request.hpp"

namespace capricorn {

namespace {

// What a key has of a client, as a header, would else fill the memory: 64 bytes stand for it.
constexpr std::size_t kLongestKey = 64;

std::string bounded_key(std::string key) {
  if (key.size() <= kLongestKey) return key;
  return to_hex(hash_digest(HashAlgorithm::kSha256, key));
}

}  // namespace

/// When each key's bucket is full again: a bucket is that one point in time. The key that was used
/// last stands first.
class RateLimitMiddleware::Buckets {
 public:
  explicit Buckets(const RateLimitOptions& options)
      : interval_(options.window / static_cast<Duration::rep>(options.limit)),
        allowance_(interval_ * static_cast<Duration::rep>(
                                   (options.burst > 0 ? options.burst : options.limit) - 1)),
        max_keys_(options.max_keys) {}

  /// Nothing is left to wait where there was a token, which is taken.
  Duration take(std::string key, TimePoint now) {
    Bucket& bucket = find(std::move(key), now);
    const TimePoint full_at = std::max(bucket.full_at, now);
    if (full_at - now > allowance_) return full_at - now - allowance_;
    bucket.full_at = full_at + interval_;
    return Duration::zero();
  }

 private:
  struct Bucket {
    std::string key;
    TimePoint full_at;
  };

  Bucket& find(std::string key, TimePoint now) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      by_use_.splice(by_use_.begin(), by_use_, found->second);
      return *found->second;
    }
    if (by_key_.size() >= max_keys_) {
      by_key_.erase(by_use_.back().key);
      by_use_.pop_back();
    }
    by_use_.push_front({std::move(key), now});
    by_key_.emplace(by_use_.front().key, by_use_.begin());
    return by_use_.front();
  }

  const Duration interval_;   // between tokens
  const Duration allowance_;  // how long before the bucket is full there is a token in it
  const std::size_t max_keys_;
  std::list<Bucket> by_use_;
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key_;  // views into the list
};

RateLimitMiddleware::RateLimitMiddleware(Application& next, RateLimitOptions options)
    : next_(next), options_(options) {
  if (options.limit == 0 || options.window <= Duration::zero() || options.max_keys == 0) {
    throw std::invalid_argument("a rate limit needs a limit, a window and keys of more than zero");
  }
  buckets_ = std::make_unique<Buckets>(options);
}
RateLimitMiddleware::~RateLimitMiddleware() = default;

std::string client_network(std::string_view address) {
  in6_addr v6;
  std::string text(address);
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return text;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return text;
  std::fill(std::begin(v6.s6_addr) + 8, std::end(v6.s6_addr), std::uint8_t{0});
  char out[INET6_ADDRSTRLEN] = {};
  return ::inet_ntop(AF_INET6, &v6, out, sizeof out) ? std::string(out) + "/64" : text;
}

std::string RateLimitMiddleware::key_of(Scope& scope, Receive& receive) const {
  if (!options_.key) return client_network(scope.client_host);
  const RequestReference request(new Request(scope, receive));
  return options_.key(*request);
}

Task<> RateLimitMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type == Scope::Type::kLifespan) return next_(scope, receive, send);
  std::string key = key_of(scope, receive);
  if (key.empty() && options_.key) return next_(scope, receive, send);
  const Duration wait = buckets_->take(bounded_key(std::move(key)), get_running_loop().time());
  if (wait > Duration::zero()) return refuse(scope, send, wait);
  return next_(scope, receive, send);
}

Task<> RateLimitMiddleware::refuse(Scope& scope, Send& send, Duration wait) {
  Response response = error_response(429, "Too Many Requests");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  response.headers().append("retry-after", std::to_string(seconds.count()));
  co_await response.send(scope, send);
}

}  // namespace capricorn
