// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "../../http/application.hpp"

namespace capricorn {

/// The values, "" for a field that is not sent.
struct SecureHeadersOptions {
  std::string content_type_options = "nosniff";
  std::string frame_options = "SAMEORIGIN";  // or "DENY"
  std::string referrer_policy = "strict-origin-when-cross-origin";
  std::string cross_origin_opener_policy = "same-origin";
  std::string cross_origin_resource_policy = {};
  std::string permissions_policy = {};
  std::string content_security_policy = {};  // depends on the pages
  std::string strict_transport_security = "max-age=31536000; includeSubDomains";  // over HTTPS only
};

/// Adds what browsers want to hear from a careful server. A field that the answer has already stays
/// as it is. https://owasp.org/www-project-secure-headers/
class SecureHeadersMiddleware final : public Application {
 public:
  using Options = SecureHeadersOptions;

  /// `next` outlives it. Throws std::invalid_argument for a value that no field can have.
  explicit SecureHeadersMiddleware(Application& next, const SecureHeadersOptions& options = {});

  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive& receive, Send& send) override;

 private:
  class SecuringSend;
  Task<> serve(Scope& scope, Receive& receive, Send& send);

  Application& next_;
  Headers open_;    // over http
  Headers secure_;  // over https
};

}  // namespace capricorn
