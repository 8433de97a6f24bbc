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

namespace {

/// Of a flow, whose addresses begin at `at`; behind its scopes, which an empty text ends.
std::size_t add_flow(SchemeJson& json, std::string_view name, const SchemeTexts& texts,
                     std::size_t at) {
  json.open(name);
  json.add("authorizationUrl", texts[at]);
  json.add("tokenUrl", texts[at + 1]);
  json.add("refreshUrl", texts[at + 2]);
  json.open("scopes");
  for (at += 3; !texts[at].empty(); at += 2) json.add_text(texts[at], texts[at + 1]);
  json.close();
  json.close();
  return at;
}

}  // namespace

void describe_oauth2(EndpointDescription& description, std::string_view flow,
                     const SchemeTexts& texts) {
  SchemeJson json("oauth2", texts[1]);
  json.open("flows");
  add_flow(json, flow, texts, 2);
  json.close();
  description.add_security(texts[0], json.finish());
}

void describe_oauth2_flows(EndpointDescription& description, const SchemeTexts& texts) {
  SchemeJson json("oauth2", texts[1]);
  json.open("flows");
  for (std::size_t at = 2; !texts[at].empty(); ++at) at = add_flow(json, texts[at], texts, at + 1);
  json.close();
  description.add_security(texts[0], json.finish());
}

void describe_open_id_connect(EndpointDescription& description, const SchemeTexts& texts) {
  SchemeJson json("openIdConnect", texts[1]);
  json.add("openIdConnectUrl", texts[2]);
  description.add_security(texts[0], json.finish());
}

}  // namespace capricorn::detail
