// SPDX-License-Identifier: MIT
#include "trusted_host.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

#include "../../http/field_value.hpp"
#include "../response.hpp"
#include "scope_url.hpp"

namespace capricorn {

TrustedHostMiddleware::TrustedHostMiddleware(Application& next, TrustedHostOptions options)
    : next_(next), options_(std::move(options)) {
  for (std::string& pattern : options_.allowed_hosts) {
    const bool first_label = pattern == "*" || pattern.starts_with("*.");
    const bool elsewhere = pattern.find('*', 1) != std::string::npos;
    if (elsewhere || (pattern.starts_with('*') && !first_label)) {
      throw std::invalid_argument("Domain wildcard patterns must be like '*.example.com'.");
    }
    any_host_ = any_host_ || pattern == "*";
    pattern = ascii_lowered(pattern);
  }
}

TrustedHostMiddleware::Verdict TrustedHostMiddleware::judge(const Scope& scope) const {
  const std::string host =
      ascii_lowered(split_authority(scope.headers.get(HeaderId::kHost).value_or("")).host);
  Verdict verdict = Verdict::kRefused;
  for (const std::string_view pattern : options_.allowed_hosts) {
    const bool below = pattern.starts_with('*') && host.ends_with(pattern.substr(1));
    if (below || host == pattern) return Verdict::kTrusted;
    if (options_.www_redirect && "www." + host == pattern) verdict = Verdict::kRedirect;
  }
  return verdict;
}

Task<> TrustedHostMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  const bool passes = any_host_ || scope.type == Scope::Type::kLifespan;
  switch (passes ? Verdict::kTrusted : judge(scope)) {
    case Verdict::kRedirect: return redirect(scope, send);
    case Verdict::kRefused: return refuse(scope, send);
    case Verdict::kTrusted: break;
  }
  return next_(scope, receive, send);
}

Task<> TrustedHostMiddleware::redirect(Scope& scope, Send& send) {
  Response response = RedirectResponse(url_at(scope, scope.scheme, "www." + netloc_of(scope)));
  co_await response.send(scope, send);
}

Task<> TrustedHostMiddleware::refuse(Scope& scope, Send& send) {
  Response response = PlainTextResponse("Invalid host header", 400);
  co_await response.send(scope, send);
}

}  // namespace capricorn
