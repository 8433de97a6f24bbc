// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../constraints.hpp"
#include "../field.hpp"
#include "../metadata.hpp"

namespace capricorn {

namespace detail {
/// Split at spaces.
std::vector<std::string> split_scopes(const std::string& scope);
}  // namespace detail

/// What a client sends to be given a token (RFC 6749, 4.3.2): `Form<OAuth2PasswordRequestForm>`. It
/// may leave `grant_type` out, which the RFC does not allow and many do.
struct OAuth2PasswordRequestForm {
  Field<std::optional<std::string>, Pattern{"^password$"}> grant_type;
  std::string username;
  Field<std::string, Format{"password"}> password;
  Field<std::string, Default{""}> scope;
  std::optional<std::string> client_id;
  Field<std::optional<std::string>, Format{"password"}> client_secret;

  std::vector<std::string> scopes() const { return detail::split_scopes(scope); }
};

/// The same, with `grant_type=password` as the RFC wants it.
struct OAuth2PasswordRequestFormStrict {
  Field<std::string, Pattern{"^password$"}> grant_type;
  std::string username;
  Field<std::string, Format{"password"}> password;
  Field<std::string, Default{""}> scope;
  std::optional<std::string> client_id;
  Field<std::optional<std::string>, Format{"password"}> client_secret;

  std::vector<std::string> scopes() const { return detail::split_scopes(scope); }
};

}  // namespace capricorn
