// expect: an_OAuth2_flow_has_the_authorization_url_and_the_token_url_that_RFC_6749_wants
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

#ifdef CORRECT
inline constexpr OAuth2 oauth2{
    {.authorization_code = {.authorization_url = "authorize", .token_url = "token"}}};
#else
inline constexpr OAuth2 oauth2{{.authorization_code = {.token_url = "token"}}};
#endif
