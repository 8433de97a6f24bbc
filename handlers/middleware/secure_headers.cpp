// SPDX-License-Identifier: MIT
#include "secure_headers.hpp"

#include <string_view>
#include <utility>

#include "head_send.hpp"

namespace capricorn {

class SecureHeadersMiddleware::SecuringSend final : public HeadSend {
 public:
  SecuringSend(const Headers& added, Send& next) noexcept : HeadSend(next), added_(added) {}

 protected:
  void edit(int&, Headers& headers) override {
    for (const Headers::Field field : added_) {
      if (!headers.get(field.name)) headers.append(field.name, field.value);
    }
  }

 private:
  const Headers& added_;
};

SecureHeadersMiddleware::SecureHeadersMiddleware(Application& next,
                                                 const SecureHeadersOptions& options)
    : next_(next) {
  const std::pair<std::string_view, const std::string&> fields[] = {
      {"x-content-type-options", options.content_type_options},
      {"x-frame-options", options.frame_options},
      {"referrer-policy", options.referrer_policy},
      {"cross-origin-opener-policy", options.cross_origin_opener_policy},
      {"cross-origin-resource-policy", options.cross_origin_resource_policy},
      {"permissions-policy", options.permissions_policy},
      {"content-security-policy", options.content_security_policy},
  };
  for (const auto& [name, value] : fields) {
    if (!value.empty()) open_.append(name, value);
  }
  secure_ = open_.clone();
  const std::string& transport = options.strict_transport_security;
  if (!transport.empty()) secure_.append("strict-transport-security", transport);
}

Task<> SecureHeadersMiddleware::operator()(Scope& scope, Receive& receive, Send& send) {
  if (scope.type != Scope::Type::kHttp) return next_(scope, receive, send);
  return serve(scope, receive, send);
}

Task<> SecureHeadersMiddleware::serve(Scope& scope, Receive& receive, Send& send) {
  SecuringSend securing(scope.scheme == "https" ? secure_ : open_, send);
  co_await next_(scope, receive, securing);
}

}  // namespace capricorn
