// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "../../http/headers.hpp"

namespace capricorn {

/// The Authorization field as its scheme and what follows: `Bearer` and the token.
struct HTTPAuthorizationCredentials {
  std::string scheme;  // as it came; names of schemes know no case
  std::string credentials;
};

struct HTTPBasicCredentials {
  std::string username;
  std::string password;
};

namespace detail {

struct Authorization {
  std::string_view scheme;
  std::string_view credentials;
};
/// Nothing where one of the two is missing (RFC 9110, 11.4).
std::optional<Authorization> parse_authorization(std::string_view field) noexcept;
/// That of a request; nothing where it came twice, for then two readers may take either.
std::optional<Authorization> read_authorization(const Headers& headers) noexcept;
/// Of that scheme, whatever its case.
std::optional<Authorization> read_authorization(const Headers& headers,
                                                std::string_view scheme) noexcept;

/// RFC 7617, 2: base64 of UTF-8 without control characters, split at the first colon.
std::optional<HTTPBasicCredentials> parse_basic_credentials(std::string_view credentials);

}  // namespace detail

}  // namespace capricorn
