// SPDX-License-Identifier: MIT
#include "csrf.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "../../http/field_value.hpp"
#include "../response.hpp"
#include "scope_url.hpp"

namespace capricorn {
namespace {

bool is_safe(const Scope& scope) {
  if (scope.type == Scope::Type::kWebSocket) return false;
  return scope.method == Method::kGet || scope.method == Method::kHead ||
         scope.method == Method::kOptions || scope.method == Method::kTrace;
}

/// What an Origin has behind its scheme; "" for "null" and what is none.
std::string_view host_of(std::string_view origin) {
  const std::size_t mark = origin.find("://");
  return mark == origin.npos ? std::string_view() : origin.substr(mark + 3);
}

}  // namespace

CSRFMiddleware::CSRFMiddleware(Application& next, CSRFOptions options)
    : next_(next), options_(std::move(options)) {
  for (const std::string& origin : options_.trusted_origins) {
    const std::string_view host = host_of(origin);
    if (host.empty() || host.contains('/')) {
      throw std::invalid_argument("\"" + origin + "\" is no origin: \"https://app.example.org\"");
    }
  }
}

bool CSRFMiddleware::is_trusted(std::string_view origin) const {
  return std::ranges::any_of(options_.trusted_origins, [&](const std::string& trusted) {
    return equals_ignoring_case(trusted, origin);
  });
}

bool CSRFMiddleware::passes(const Scope& scope) const {
  if (is_safe(scope)) return true;
  const std::string_view path = path_below_root(scope.path, scope.root_path);
  const auto exempt = [&](const std::string& prefix) { return path.starts_with(prefix); };
  if (std::ranges::any_of(options_.exempt_paths, exempt)) return true;
  const std::string_view origin = scope.headers.get("origin").value_or("");
  if (!origin.empty() && is_trusted(origin)) return true;
  const std::string_view site = scope.headers.get("sec-fetch-site").value_or("");
  if (!site.empty()) return site == "same-origin" || site == "none";
  // Of the host alone: behind a proxy the scheme may be another here.
  const std::string_view host = host_of(origin);
  return origin.empty() || (!host.empty() && equals_ignoring_case(host, netloc_of(scope)));
}

Task<> CSRFMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  const bool good = scope.type == Scope::Type::kLifespan || passes(scope);
  return good ? next_(scope, receive, send) : refuse(scope, send);
}

Task<> CSRFMiddleware::refuse(Scope& scope, Send& send) {
  Response response = PlainTextResponse("CSRF verification failed", 403);
  co_await response.send(scope, send);
}

}  // namespace capricorn
