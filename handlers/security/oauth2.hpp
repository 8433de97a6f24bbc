// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "../request.hpp"
#include "scheme.hpp"

namespace capricorn {

struct EndpointDescription;

/// A scope that tokens may have, for the document: `{"items:read", "Read items"}`.
struct OAuth2Scope {
  std::string_view name;
  std::string_view description;
};

/// One way to a token; what it has no address for is left out.
struct OAuth2Flow {
  std::string_view authorization_url = {};
  std::string_view token_url = {};
  std::string_view refresh_url = {};
  std::initializer_list<OAuth2Scope> scopes = {};
};
/// The ways there are: of those without any address there is none.
struct OAuth2Flows {
  OAuth2Flow implicit = {};            // authorization_url
  OAuth2Flow password = {};            // token_url
  OAuth2Flow client_credentials = {};  // token_url
  OAuth2Flow authorization_code = {};  // both
};

struct OAuth2Options {
  std::initializer_list<OAuth2Scope> scopes = {};
  std::string_view refresh_url = {};
  std::string_view scheme_name = {};
  std::string_view description = {};
};

namespace detail {

std::optional<std::string> read_bearer_token(const Request& request);
/// The whole field.
std::optional<std::string> read_authorization_field(const Request& request);

/// `texts`: the name in the document, the description, the addresses for authorization, for the
/// token and for refreshing, then names and descriptions of scopes.
void describe_oauth2(EndpointDescription& description, std::string_view flow,
                     const SchemeTexts& texts);
void describe_open_id_connect(EndpointDescription& description, const SchemeTexts& texts);

consteval SchemeTexts oauth2_texts(std::string_view scheme_name, std::string_view authorization_url,
                                   std::string_view token_url, const OAuth2Options& options) {
  SchemeTexts texts{options.scheme_name.empty() ? scheme_name : options.scheme_name,
                    options.description, authorization_url, token_url, options.refresh_url};
  for (const OAuth2Scope& scope : options.scopes) {
    texts.append(scope.name);
    texts.append(scope.description);
  }
  return texts;
}

/// `texts`: the name in the document, the description, then for each flow its name, its addresses,
/// names and descriptions of its scopes, and an empty text.
void describe_oauth2_flows(EndpointDescription& description, const SchemeTexts& texts);

/// Not constexpr, so that calling it while compiling stops with its name.
void an_OAuth2_flow_has_the_authorization_url_and_the_token_url_that_RFC_6749_wants();

consteval void append_flow(SchemeTexts& texts, std::string_view name, const OAuth2Flow& flow,
                           bool authorizes, bool gives_token) {
  const bool none = flow.authorization_url.empty() && flow.token_url.empty() &&
                    flow.refresh_url.empty() && flow.scopes.size() == 0;
  if (none) return;
  if (flow.authorization_url.empty() == authorizes || flow.token_url.empty() == gives_token) {
    an_OAuth2_flow_has_the_authorization_url_and_the_token_url_that_RFC_6749_wants();
  }
  texts.append(name);
  texts.append(flow.authorization_url);
  texts.append(flow.token_url);
  texts.append(flow.refresh_url);
  for (const OAuth2Scope& scope : flow.scopes) {
    texts.append(scope.name);
    texts.append(scope.description);
  }
  texts.append({});
}

inline constexpr std::string_view kBearerChallenge = "Bearer";

}  // namespace detail

/// `inline constexpr OAuth2PasswordBearer oauth2_scheme{"token"};`: where a token is had for name
/// and password, an address relative to the document. `Depends<oauth2_scheme>` gives the bearer
/// token as text, whatever it is; without one: 401.
template <AutoError auto_error = AutoError{}>
struct OAuth2PasswordBearer {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval OAuth2PasswordBearer(std::string_view token_url, OAuth2Options options = {})
      : texts(detail::oauth2_texts("OAuth2PasswordBearer", {}, token_url, options)) {}

  detail::SchemeResult<std::string, auto_error> operator()(Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_bearer_token(request),
                                             detail::kBearerChallenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_oauth2(description, "password", texts);
  }
};

/// The same for tokens that a provider gives out after it has asked its user (RFC 6749, 4.1).
template <AutoError auto_error = AutoError{}>
struct OAuth2AuthorizationCodeBearer {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval OAuth2AuthorizationCodeBearer(std::string_view authorization_url,
                                          std::string_view token_url, OAuth2Options options = {})
      : texts(detail::oauth2_texts("OAuth2AuthorizationCodeBearer", authorization_url, token_url,
                                   options)) {}

  detail::SchemeResult<std::string, auto_error> operator()(Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_bearer_token(request),
                                             detail::kBearerChallenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_oauth2(description, "authorizationCode", texts);
  }
};

/// The same for any of the flows, or several. As in FastAPI what it gives is the whole
/// Authorization field, "Bearer " included.
///
///     inline constexpr OAuth2 oauth2{
///         {.client_credentials = {.token_url = "token", .scopes = {{"items", "Read items"}}}}};
template <AutoError auto_error = AutoError{}>
struct OAuth2 {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval OAuth2(const OAuth2Flows& flows, SchemeOptions options = {})
      : texts{options.scheme_name.empty() ? "OAuth2" : options.scheme_name, options.description} {
    detail::append_flow(texts, "implicit", flows.implicit, true, false);
    detail::append_flow(texts, "password", flows.password, false, true);
    detail::append_flow(texts, "clientCredentials", flows.client_credentials, false, true);
    detail::append_flow(texts, "authorizationCode", flows.authorization_code, true, true);
  }

  detail::SchemeResult<std::string, auto_error> operator()(Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_authorization_field(request),
                                             detail::kBearerChallenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_oauth2_flows(description, texts);
  }
};

/// The same for OpenID Connect, by the address of its discovery document. As in FastAPI what it
/// gives is the whole Authorization field, "Bearer " included.
template <AutoError auto_error = AutoError{}>
struct OpenIdConnect {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;

  consteval OpenIdConnect(std::string_view open_id_connect_url, SchemeOptions options = {})
      : texts{options.scheme_name.empty() ? "OpenIdConnect" : options.scheme_name,
              options.description, open_id_connect_url} {}

  detail::SchemeResult<std::string, auto_error> operator()(Request& request) const {
    return detail::scheme_result<auto_error>(detail::read_authorization_field(request),
                                             detail::kBearerChallenge);
  }
  void describe(EndpointDescription& description) const {
    detail::describe_open_id_connect(description, texts);
  }
};

}  // namespace capricorn
