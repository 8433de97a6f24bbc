// SPDX-License-Identifier: MIT
#include "request_id.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "../../http/field_value.hpp"
#include "../security/secrets.hpp"
#include "head_send.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kLongest = 128;

/// What may go into logs and headers as it is.
bool is_good_id(std::string_view id) {
  const auto is_good = [](char c) {
    return is_ascii_alnum(c) || std::string_view("-._~+/=:@").contains(c);
  };
  return !id.empty() && id.size() <= kLongest && std::ranges::all_of(id, is_good);
}

/// Where the scope's view points.
struct RequestId {
  std::string text;
};

}  // namespace

class RequestIdMiddleware::RequestIdSend final : public HeadSend {
 public:
  RequestIdSend(const std::string& header, std::string_view id, Send& next) noexcept
      : HeadSend(next), header_(header), id_(id) {}

 protected:
  void edit(int&, Headers& headers) override { headers.set(header_, id_); }

 private:
  const std::string& header_;
  std::string_view id_;
};

RequestIdMiddleware::RequestIdMiddleware(Application& next, RequestIdOptions options)
    : next_(next), options_(std::move(options)) {
  if (!is_token(options_.header)) {
    throw std::invalid_argument("a header's name must be a token, got '" + options_.header + "'");
  }
  options_.header = ascii_lowered(options_.header);
}

Task<> RequestIdMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type == Scope::Type::kLifespan) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> RequestIdMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  const auto sent = single_value(scope.headers, options_.header);
  const bool kept = options_.trust_client && sent && is_good_id(*sent);
  auto& id =
      scope.extensions.emplace<RequestId>(kept ? std::string(*sent) : secrets::token_hex(16));
  scope.request_id = id.text;
  RequestIdSend marking(options_.header, id.text, send);
  co_await next_(scope, receive, marking);
}

}  // namespace capricorn
