// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "../request.hpp"
#include "scheme.hpp"

namespace capricorn {

struct EndpointDescription;

namespace detail {

/// Nothing where the request has no such field, or one without a text.
std::optional<std::string> read_header_key(const Request& request, std::string_view name);
std::optional<std::string> read_query_key(Request& request, std::string_view name);
std::optional<std::string> read_cookie_key(Request& request, std::string_view name);

/// `texts`: the name in the document, the description, the key's name.
void describe_api_key(EndpointDescription& description, std::string_view place,
                      const SchemeTexts& texts);

inline constexpr std::string_view kApiKeyChallenge = "APIKey";

}  // namespace detail

/// `inline constexpr APIKeyHeader api_key{"x-api-key"};`, then `Depends<api_key>` gives the key as
/// text; without one: 401. Compare it with secrets::compare_digest. Of a field that came several
/// times the first counts.
template <AutoError auto_error = AutoError{}>
struct APIKeyHeader {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval APIKeyHeader(std::string_view name, SchemeOptions options = {})
      : texts{options.scheme_name.empty() ? "APIKeyHeader" : options.scheme_name,
              options.description, name} {}

  detail::SchemeResult<std::string, auto_error> operator()(Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_header_key(request, texts[2]),
                                             detail::kApiKeyChallenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_api_key(description, "header", texts);
  }
};

/// The same, from the query. Keys in addresses end up in logs and histories.
template <AutoError auto_error = AutoError{}>
struct APIKeyQuery {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval APIKeyQuery(std::string_view name, SchemeOptions options = {})
      : texts{options.scheme_name.empty() ? "APIKeyQuery" : options.scheme_name,
              options.description, name} {}

  detail::SchemeResult<std::string, auto_error> operator()(Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_query_key(request, texts[2]),
                                             detail::kApiKeyChallenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_api_key(description, "query", texts);
  }
};

/// The same, from a cookie.
template <AutoError auto_error = AutoError{}>
struct APIKeyCookie {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval APIKeyCookie(std::string_view name, SchemeOptions options = {})
      : texts{options.scheme_name.empty() ? "APIKeyCookie" : options.scheme_name,
              options.description, name} {}

  detail::SchemeResult<std::string, auto_error> operator()(Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_cookie_key(request, texts[2]),
                                             detail::kApiKeyChallenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_api_key(description, "cookie", texts);
  }
};

}  // namespace capricorn
