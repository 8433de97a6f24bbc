// SPDX-License-Identifier: MIT
#include "session_middleware.hpp"

#include <ctime>
#include <utility>

#include "../../http/base64.hpp"
#include "../../http/field_value.hpp"
#include "head_send.hpp"
#include "timestamp_signer.hpp"

namespace capricorn {

class SessionMiddleware::SessionSend final : public HeadSend {
 public:
  SessionSend(const SessionMiddleware& middleware, const CookieSession& session,
              Send& next) noexcept
      : HeadSend(next), middleware_(middleware), session_(session) {}

 protected:
  void edit(int&, Headers& headers) override { middleware_.write(session_, headers); }

 private:
  const SessionMiddleware& middleware_;
  const CookieSession& session_;
};

SessionMiddleware::SessionMiddleware(Application& next, SessionOptions options)
    : next_(next), options_(std::move(options)) {
  std::vector<std::string> secrets = options_.old_secret_keys;
  secrets.insert(secrets.begin(), options_.secret_key);
  signer_ = std::make_unique<TimestampSigner>(secrets, options_.digest);
  static_cast<void>(format_set_cookie(options_.session_cookie, "null", cookie_options()));
}
SessionMiddleware::~SessionMiddleware() = default;

Task<> SessionMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type == Scope::Type::kLifespan) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> SessionMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  Cookies cookies;
  for (const Headers::Field field : scope.headers) {
    if (field.id == HeaderId::kCookie) cookies.parse(field.value);
  }
  std::string cookie(cookies.get(options_.session_cookie).value_or(""));
  const auto& session =
      scope.extensions.emplace<CookieSession>(*signer_, options_, std::move(cookie));
  SessionSend writing(*this, session, send);
  co_await next_(scope, receive, writing);
}

CookieOptions SessionMiddleware::cookie_options() const {
  return {.max_age = options_.max_age,
          .path = options_.path,
          .domain = options_.domain,
          .secure = options_.https_only,
          .httponly = true,
          .samesite = options_.same_site,
          .verbatim = true};
}

void SessionMiddleware::write(const CookieSession& session, Headers& headers) const {
  if (!session.accessed()) return;
  add_vary(headers, "Cookie");
  if (!session.modified()) return;
  CookieOptions cookie = cookie_options();
  std::string value;
  if (!session.empty()) {
    value = signer_->sign(base64_encode(session.json()), std::time(nullptr));
  } else if (session.was_there()) {
    value = "null";
    cookie.max_age = std::nullopt;
    cookie.expires = std::chrono::system_clock::time_point();
  } else {
    return;
  }
  headers.append("set-cookie", format_set_cookie(options_.session_cookie, value, cookie));
}

}  // namespace capricorn
