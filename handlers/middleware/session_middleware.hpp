// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../../http/application.hpp"
#include "../../http/cookie.hpp"
#include "../../http/hash.hpp"
#include "session.hpp"

namespace capricorn {

struct SessionOptions {
  std::string secret_key;  // whoever knows it can make sessions; 32 random bytes or more
  /// Sessions that these have signed are good still: for changing the secret.
  std::vector<std::string> old_secret_keys = {};
  std::string session_cookie = "session";
  std::optional<std::chrono::seconds> max_age = std::chrono::hours(14 * 24);  // none: the browser's
  std::string path = "/";
  std::string same_site = "lax";  // or "strict", "none"
  bool https_only = false;
  std::string domain = {};                        // "": this host alone
  HashAlgorithm digest = HashAlgorithm::kSha256;  // kSha1: as Starlette's, which may share them
};

/// Gives requests a `request.session()`, kept in a cookie that it signs: Starlette's
/// SessionMiddleware. A cookie that was changed or is too old is as good as none. The cookie is set
/// when the session was modified, and an answer that looked at it has `Vary: Cookie`. At most
/// 4096 bytes: a session that grows larger fails its request.
class SessionMiddleware final : public Application {
 public:
  using Options = SessionOptions;

  /// `next` outlives it. Throws std::invalid_argument without a secret, and for options of which no
  /// cookie can be made, such as `same_site` "none" without `https_only`.
  SessionMiddleware(Application& next, SessionOptions options);
  ~SessionMiddleware() override;

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  class SessionSend;
  Task<> serve(Scope& scope, Receive& receive, Send& send);
  void write(const CookieSession& session, Headers& headers) const;
  CookieOptions cookie_options() const;

  Application& next_;
  SessionOptions options_;
  std::unique_ptr<TimestampSigner> signer_;
};

}  // namespace capricorn
