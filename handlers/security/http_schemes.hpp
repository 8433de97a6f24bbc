// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "../request.hpp"
#include "authorization.hpp"
#include "scheme.hpp"

namespace capricorn {

struct EndpointDescription;

struct HTTPBasicOptions {
  std::string_view realm = {};  // what the browser's window names; ASCII
  std::string_view scheme_name = {};
  std::string_view description = {};
};

struct HTTPBearerOptions {
  std::string_view bearer_format = {};  // e.g. "JWT", for the document alone
  std::string_view scheme_name = {};
  std::string_view description = {};
};

namespace detail {

std::optional<HTTPAuthorizationCredentials> read_credentials(const Request& request,
                                                             std::string_view scheme);
/// Nothing where the request has none of the scheme; what cannot be read is answered with 401.
std::optional<HTTPBasicCredentials> read_basic_credentials(const Request& request,
                                                           std::string_view challenge);
std::string basic_challenge(std::string_view realm);

/// `texts`: the name in the document, the description, then the realm or the bearer format.
void describe_http_scheme(EndpointDescription& description, std::string_view scheme,
                          const SchemeTexts& texts);

}  // namespace detail

/// `inline constexpr HTTPBasic security{{.realm = "Stock"}};`, then `Depends<security>` gives the
/// HTTPBasicCredentials (RFC 7617). Compare them with secrets::compare_digest. Without credentials,
/// and where they cannot be read: 401 and the challenge that makes a browser ask.
template <AutoError auto_error = AutoError{}>
struct HTTPBasic {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval HTTPBasic(HTTPBasicOptions options = {})
      : texts{options.scheme_name.empty() ? "HTTPBasic" : options.scheme_name, options.description,
              options.realm} {}

  detail::SchemeResult<HTTPBasicCredentials, auto_error> operator()(Request& request) const {
    const std::string challenge = detail::basic_challenge(texts[2]);
    return detail::scheme_result<auto_error>(detail::read_basic_credentials(request, challenge),
                                             challenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_http_scheme(description, "basic", texts);
  }
};

/// `Depends<scheme>` gives the HTTPAuthorizationCredentials of `Authorization: Bearer TOKEN` (RFC
/// 6750); anything else is answered with 401.
template <AutoError auto_error = AutoError{}>
struct HTTPBearer {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval HTTPBearer(HTTPBearerOptions options = {})
      : texts{options.scheme_name.empty() ? "HTTPBearer" : options.scheme_name, options.description,
              options.bearer_format} {}

  detail::SchemeResult<HTTPAuthorizationCredentials, auto_error> operator()(
      Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_credentials(request, "bearer"), "Bearer");
  }
  void describe(EndpointDescription& description) const {
    detail::describe_http_scheme(description, "bearer", texts);
  }
};

/// As HTTPBearer, for `Authorization: Digest …`. As in FastAPI it only takes the field apart: the
/// nonce, the response and their checking (RFC 7616) are the application's.
template <AutoError auto_error = AutoError{}>
struct HTTPDigest {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval HTTPDigest(SchemeOptions options = {})
      : texts{options.scheme_name.empty() ? "HTTPDigest" : options.scheme_name,
              options.description} {}

  detail::SchemeResult<HTTPAuthorizationCredentials, auto_error> operator()(
      Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_credentials(request, "digest"), "Digest");
  }
  void describe(EndpointDescription& description) const {
    detail::describe_http_scheme(description, "digest", texts);
  }
};

}  // namespace capricorn
