// SPDX-License-Identifier: MIT
#include "api_key.hpp"

#include "../../http/field_value.hpp"
#include "../openapi/description.hpp"
#include "scheme_json.hpp"

namespace capricorn::detail {
namespace {

std::optional<std::string> key_of(std::optional<std::string_view> text) {
  if (!text || text->empty()) return std::nullopt;
  return std::string(*text);
}

}  // namespace

std::optional<std::string> read_header_key(const Request& request, std::string_view name) {
  for (const Headers::Field field : request.headers()) {
    if (equals_ignoring_case(field.name, name)) return key_of(field.value);
  }
  return std::nullopt;
}

std::optional<std::string> read_query_key(Request& request, std::string_view name) {
  return key_of(request.query_params().get(name));
}

std::optional<std::string> read_cookie_key(Request& request, std::string_view name) {
  return key_of(request.cookies().get(name));
}

void describe_api_key(EndpointDescription& description, std::string_view place,
                      const SchemeTexts& texts) {
  SchemeJson json("apiKey", texts[1]);
  json.add("in", place);
  json.add("name", texts[2]);
  description.add_security(texts[0], json.finish());
}

}  // namespace capricorn::detail
