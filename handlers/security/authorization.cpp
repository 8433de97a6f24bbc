// SPDX-License-Identifier: MIT
#include "authorization.hpp"

#include <algorithm>

#include "../../http/base64.hpp"
#include "../../http/field_value.hpp"
#include "../../http/utf8.hpp"
#include "../errors.hpp"
#include "scheme.hpp"

namespace capricorn::detail {

void throw_not_authenticated(std::string_view challenge) {
  throw HTTPException(401, "Not authenticated", {{"WWW-Authenticate", std::string(challenge)}});
}

std::optional<Authorization> parse_authorization(std::string_view field) noexcept {
  const std::size_t space = field.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const Authorization parsed{field.substr(0, space), trim_ows(field.substr(space))};
  if (!is_token(parsed.scheme) || parsed.credentials.empty()) return std::nullopt;
  return parsed;
}

std::optional<Authorization> read_authorization(const Headers& headers) noexcept {
  const auto field = single_value(headers, "authorization");
  return field ? parse_authorization(*field) : std::nullopt;
}

std::optional<Authorization> read_authorization(const Headers& headers,
                                                std::string_view scheme) noexcept {
  const auto parsed = read_authorization(headers);
  return parsed && equals_ignoring_case(parsed->scheme, scheme) ? parsed : std::nullopt;
}

std::optional<HTTPBasicCredentials> parse_basic_credentials(std::string_view credentials) {
  const auto text = base64_decode(credentials);
  if (!text || std::ranges::any_of(*text, is_ascii_control)) return std::nullopt;
  Utf8Validator utf8;
  if (!utf8.feed(*text) || !utf8.complete()) return std::nullopt;
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return HTTPBasicCredentials{text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace capricorn::detail
