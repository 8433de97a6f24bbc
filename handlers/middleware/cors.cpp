// SPDX-License-Identifier: MIT
#include "cors.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "../../http/field_value.hpp"
#include "head_send.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kAllMethods[] = {"DELETE", "GET",  "HEAD", "OPTIONS",
                                            "PATCH",  "POST", "PUT"};
/// That a page may send without being asked (Fetch, CORS-safelisted request-header).
constexpr std::string_view kSafelisted[] = {"Accept", "Accept-Language", "Content-Language",
                                            "Content-Type"};

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& member : list) {
    if (!out.empty()) out += ", ";
    out += member;
  }
  return out;
}

/// From origin to origin: with credentials "*" would not do.
bool answers_differ(const CORSOptions& options, bool all_origins) noexcept {
  return !all_origins || options.allow_credentials;
}

}  // namespace

struct CORSMiddleware::Regex {
  explicit Regex(const std::string& pattern) : expression(pattern, re2::RE2::Quiet) {
    if (!expression.ok()) {
      throw std::invalid_argument("allow_origin_regex \"" + pattern + "\": " + expression.error());
    }
  }
  re2::RE2 expression;
};

/// The way out of an answer that another origin may see.
class CORSMiddleware::CorsSend final : public HeadSend {
 public:
  CorsSend(const CORSMiddleware& cors, const Scope& scope, Send& next) noexcept
      : HeadSend(next), cors_(cors), scope_(scope) {}

 protected:
  void edit(int&, Headers& headers) override { cors_.mark(scope_.headers, headers); }

 private:
  const CORSMiddleware& cors_;
  const Scope& scope_;
};

CORSMiddleware::CORSMiddleware(Application& next, CORSOptions options)
    : next_(next),
      options_(std::move(options)),
      all_origins_(contains(options_.allow_origins, "*")),
      all_headers_(contains(options_.allow_headers, "*")) {
  if (!options_.allow_origin_regex.empty()) {
    regex_ = std::make_unique<Regex>(options_.allow_origin_regex);
  }
  if (contains(options_.allow_methods, "*")) {
    options_.allow_methods.assign(std::begin(kAllMethods), std::end(kAllMethods));
  }
  std::vector<std::string>& allowed = options_.allow_headers;
  allowed.insert(allowed.end(), std::begin(kSafelisted), std::end(kSafelisted));
  std::ranges::sort(allowed);
  allowed.erase(std::ranges::unique(allowed).begin(), allowed.end());

  if (all_origins_) simple_.append("access-control-allow-origin", "*");
  if (!options_.expose_headers.empty()) {
    simple_.append("access-control-expose-headers", joined(options_.expose_headers));
  }
  if (answers_differ(options_, all_origins_))
    preflight_.append("vary", "Origin");
  else
    preflight_.append("access-control-allow-origin", "*");
  preflight_.append("access-control-allow-methods", joined(options_.allow_methods));
  preflight_.append("access-control-max-age", std::to_string(options_.max_age.count()));
  if (!all_headers_) preflight_.append("access-control-allow-headers", joined(allowed));
  if (options_.allow_credentials) {
    simple_.append("access-control-allow-credentials", "true");
    preflight_.append("access-control-allow-credentials", "true");
  }
}

CORSMiddleware::~CORSMiddleware() = default;

Task<> CORSMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  const bool marks = scope.type == Scope::Type::kHttp && (answers_differ(options_, all_origins_) ||
                                                          scope.headers.get(HeaderId::kOrigin));
  return marks ? answer(scope, receive, send) : next_(scope, receive, send);
}

Task<> CORSMiddleware::answer(Scope& scope, Receive& receive, Send& send) {
  if (scope.method == Method::kOptions && scope.headers.get(HeaderId::kOrigin) &&
      scope.headers.get("access-control-request-method")) {
    Response response = preflight(scope.headers);
    co_await response.send(scope, send);
    co_return;
  }
  CorsSend marking(*this, scope, send);
  co_await next_(scope, receive, marking);
}

bool CORSMiddleware::allows_origin(std::string_view origin) const {
  if (all_origins_) return true;
  if (regex_ &&
      re2::RE2::FullMatch(re2::StringPiece(origin.data(), origin.size()), regex_->expression)) {
    return true;
  }
  return contains(options_.allow_origins, origin);
}

bool CORSMiddleware::headers_allowed(std::string_view list) const {
  while (!list.empty()) {
    const std::string_view name = take_member(list);
    const auto is_it = [&](const std::string& allowed) {
      return equals_ignoring_case(allowed, name);
    };
    if (std::ranges::none_of(options_.allow_headers, is_it)) return false;
  }
  return true;
}

Response CORSMiddleware::preflight(const Headers& request) const {
  const std::string_view origin = request.get(HeaderId::kOrigin).value_or("");
  const std::string_view method = request.get("access-control-request-method").value_or("");
  const auto asked = request.get("access-control-request-headers");
  std::string refused;
  const auto refuse = [&](std::string_view what) {
    refused.append(refused.empty() ? "Disallowed CORS " : ", ").append(what);
  };
  Headers headers = preflight_.clone();
  if (!allows_origin(origin))
    refuse("origin");
  else if (!headers.get("access-control-allow-origin"))
    headers.append("access-control-allow-origin", origin);
  if (!contains(options_.allow_methods, method)) refuse("method");
  if (asked && all_headers_)
    headers.append("access-control-allow-headers", *asked);
  else if (asked && !headers_allowed(*asked))
    refuse("headers");
  if (request.get("access-control-request-private-network")) {
    if (options_.allow_private_network)
      headers.append("access-control-allow-private-network", "true");
    else
      refuse("private-network");
  }
  Response response = refused.empty() ? PlainTextResponse("OK") : PlainTextResponse(refused, 400);
  for (const Headers::Field field : headers) response.headers().append(field.name, field.value);
  return response;
}

void CORSMiddleware::mark(const Headers& request, Headers& response) const {
  const bool differs = answers_differ(options_, all_origins_);
  if (const auto origin = request.get(HeaderId::kOrigin)) {
    for (const Headers::Field field : simple_) response.set(field.name, field.value);
    if (differs && allows_origin(*origin)) response.set("access-control-allow-origin", *origin);
  }
  // A cache that has the answer to one origin must not give it to another, nor to none (Fetch, CORS
  // protocol and HTTP caches).
  if (differs) add_vary(response, "Origin");
}

}  // namespace capricorn
