// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "../../http/application.hpp"

namespace capricorn {

struct TrustedHostOptions {
  /// "example.com"; "*.example.com" for everything below it; "*" for any.
  std::vector<std::string> allowed_hosts = {"*"};
  bool www_redirect = true;  // to "www." of the host, where only that is allowed
};

/// Refuses requests, and handshakes of websockets, that name another host than one of those
/// allowed: 400 "Invalid host header". Case and port do not count. Starlette's
/// TrustedHostMiddleware.
class TrustedHostMiddleware final : public Application {
 public:
  using Options = TrustedHostOptions;

  /// `next` outlives it. Throws std::invalid_argument for a wildcard that is not the first label.
  explicit TrustedHostMiddleware(Application& next, TrustedHostOptions options = {});

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  enum class Verdict : unsigned char { kTrusted, kRedirect, kRefused };
  Verdict judge(const Scope& scope) const;
  static Task<> redirect(Scope& scope, Send& send);
  static Task<> refuse(Scope& scope, Send& send);

  Application& next_;
  TrustedHostOptions options_;
  bool any_host_ = false;
};

}  // namespace capricorn
