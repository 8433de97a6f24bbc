// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../../http/application.hpp"

namespace capricorn {

struct CSRFOptions {
  std::vector<std::string> trusted_origins = {};  // besides the own: "https://app.example.org"
  std::vector<std::string> exempt_paths = {};     // prefixes, below the root path: of webhooks, say
};

/// Refuses what a page of another origin has a browser send with the user's cookies: requests that
/// change something (any but GET, HEAD, OPTIONS and TRACE), and handshakes of websockets. 403 "CSRF
/// verification failed".
///
/// A browser says where a request is from, by Sec-Fetch-Site or Origin; what says neither is from
/// no browser, and passes. Hence there is no token, and nothing to put into forms.
/// https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
class CSRFMiddleware final : public Application {
 public:
  using Options = CSRFOptions;

  /// `next` outlives it. Throws std::invalid_argument for an origin that is none.
  explicit CSRFMiddleware(Application& next, CSRFOptions options = {});

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  bool passes(const Scope& scope) const;
  bool is_trusted(std::string_view origin) const;
  static Task<> refuse(Scope& scope, Send& send);

  Application& next_;
  CSRFOptions options_;
};

}  // namespace capricorn
