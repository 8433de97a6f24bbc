// SPDX-License-Identifier: MIT
#include "http_schemes.hpp"

#include "../json_write.hpp"
#include "../openapi/description.hpp"
#include "scheme_json.hpp"

namespace capricorn::detail {

std::optional<HTTPAuthorizationCredentials> read_credentials(const Request& request,
                                                             std::string_view scheme) {
  const auto parsed = read_authorization(request.headers(), scheme);
  if (!parsed) return std::nullopt;
  return HTTPAuthorizationCredentials{std::string(parsed->scheme),
                                      std::string(parsed->credentials)};
}

std::optional<HTTPBasicCredentials> read_basic_credentials(const Request& request,
                                                           std::string_view challenge) {
  const auto parsed = read_authorization(request.headers(), "basic");
  if (!parsed) return std::nullopt;
  auto credentials = parse_basic_credentials(parsed->credentials);
  if (!credentials) throw_not_authenticated(challenge);
  return credentials;
}

std::string basic_challenge(std::string_view realm) {
  if (realm.empty()) return "Basic";
  std::string challenge = "Basic realm=\"";
  for (const char c : realm) {
    if (c == '"' || c == '\\') challenge += '\\';
    challenge += c;
  }
  return challenge += '"';
}

void describe_http_scheme(EndpointDescription& description, std::string_view scheme,
                          const SchemeTexts& texts) {
  SchemeJson json("http", texts[1]);
  json.add("scheme", scheme);
  if (scheme == "bearer") json.add("bearerFormat", texts[2]);
  description.add_security(texts[0], json.finish());
}

}  // namespace capricorn::detail
