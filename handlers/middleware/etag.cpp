// SPDX-License-Identifier: MIT
#include "etag.hpp"

#include <string>
#include <variant>

#include "../../http/base64.hpp"
#include "../../http/conditional.hpp"
#include "../../http/field_value.hpp"
#include "../../http/hash.hpp"

namespace capricorn {
namespace {

/// Of a hash that long nobody meets two that are equal.
constexpr std::size_t kHashBytes = 16;

std::string etag_of(std::string_view body) {
  const std::string hash = hash_digest(HashAlgorithm::kSha256, body);
  return "\"" + base64url_encode(std::string_view(hash).substr(0, kHashBytes)) + "\"";
}

/// The fields of a 200 that say nothing of a state that the client has (RFC 9110, 15.4.5).
void leave_out_content(Headers& headers) {
  for (const std::string_view name : {"content-length", "content-type", "content-encoding",
                                      "content-language", "content-range"}) {
    headers.remove(name);
  }
}

class TaggingSend final : public Send {
 public:
  TaggingSend(const Scope& scope, Send& next) noexcept : scope_(scope), next_(next) {}

  ValueTask<void> operator()(const SendEvent& event) override {
    const auto* whole = std::get_if<WholeResponse>(&event);
    if (!whole || whole->status != 200 || !may_be_tagged(*whole)) return next_(event);
    const std::string etag = etag_of(whole->body);
    headers_ = whole->headers.clone();
    headers_.append("etag", etag);
    const Precondition verdict =
        check_preconditions(scope_.headers, scope_.method, {.etag = etag, .last_modified = {}});
    if (verdict == Precondition::kProceed) {
      return next_(WholeResponse{whole->status, headers_, whole->body});
    }
    leave_out_content(headers_);
    return next_(WholeResponse{verdict == Precondition::kFailed ? 412 : 304, headers_, {}});
  }

 private:
  /// HEAD tells the same of the same bytes, where the application has not left them out.
  bool may_be_tagged(const WholeResponse& whole) const {
    if (scope_.method == Method::kHead && whole.body.empty()) return false;
    return !whole.headers.get("etag") && !lists_token(whole.headers, "cache-control", "no-store");
  }

  const Scope& scope_;
  Send& next_;
  Headers headers_;
};

}  // namespace

Task<> ETagMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  const bool reads = scope.method == Method::kGet || scope.method == Method::kHead;
  if (scope.type != Scope::Type::kHttp || !reads) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> ETagMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  TaggingSend tagging(scope, send);
  co_await next_(scope, receive, tagging);
}

}  // namespace capricorn
