// SPDX-License-Identifier: MIT
#include "oauth2.hpp"

#include "../../http/field_value.hpp"
#include "../openapi/description.hpp"
#include "authorization.hpp"
#include "scheme_json.hpp"

namespace capricorn::detail {

std::optional<std::string> read_bearer_token(const Request& request) {
  const auto parsed = read_authorization(request.headers(), "bearer");
  if (!parsed) return std::nullopt;
  return std::string(parsed->credentials);
}

std::optional<std::string> read_authorization_field(const Request& request) {
  const auto field = single_value(request.headers(), "authorization");
  if (!field || field->empty()) return std::nullopt;
  return std::string(*field);
}

void describe_oauth2(EndpointDescription& description, std::string_view flow,
                     const SchemeTexts& texts) {
  SchemeJson json("oauth2", texts[1]);
  json.open("flows");
  json.open(flow);
  json.add("authorizationUrl", texts[2]);
  json.add("tokenUrl", texts[3]);
  json.add("refreshUrl", texts[4]);
  json.open("scopes");
  for (std::size_t i = 5; !texts[i].empty(); i += 2) json.add_text(texts[i], texts[i + 1]);
  json.close();
  json.close();
  json.close();
  description.add_security(texts[0], json.finish());
}

void describe_open_id_connect(EndpointDescription& description, const SchemeTexts& texts) {
  SchemeJson json("openIdConnect", texts[1]);
  json.add("openIdConnectUrl", texts[2]);
  description.add_security(texts[0], json.finish());
}

}  // namespace capricorn::detail
