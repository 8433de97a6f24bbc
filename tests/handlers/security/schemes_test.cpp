// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/depends.hpp>
#include <capricorn/handlers/openapi/description.hpp>
#include <capricorn/handlers/security/api_key.hpp>
#include <capricorn/handlers/security/http_schemes.hpp>
#include <capricorn/handlers/security/oauth2.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/http/base64.hpp>
#include <string>
#include <vector>

using namespace capricorn;

namespace {

constexpr OAuth2PasswordBearer oauth2{"token"};
constexpr OAuth2PasswordBearer<AutoError{false}> optional_oauth2{"token"};
constexpr HTTPBasic basic;
constexpr HTTPBasic basic_with_realm{{.realm = "the \"stock\""}};
constexpr HTTPBasic<AutoError{false}> optional_basic;
constexpr HTTPBearer bearer;
constexpr HTTPBearer<AutoError{false}> optional_bearer;
constexpr HTTPDigest digest;
constexpr OpenIdConnect open_id{"https://id.example/.well-known/openid-configuration"};
constexpr APIKeyHeader header_key{"X-Key"};
constexpr APIKeyQuery query_key{"key"};
constexpr APIKeyCookie cookie_key{"key"};
constexpr APIKeyHeader<AutoError{false}> optional_key{"x-key"};

std::string to_text(const std::string& text) { return text; }
std::string to_text(const HTTPAuthorizationCredentials& credentials) {
  return credentials.scheme + "|" + credentials.credentials;
}
std::string to_text(const HTTPBasicCredentials& credentials) {
  return credentials.username + "|" + credentials.password;
}
template <class T>
std::string to_text(const std::optional<T>& value) {
  return value ? to_text(*value) : "nothing";
}

/// What a scheme, as a dependency, makes of a request.
template <auto scheme>
Task<Response> give(Depends<scheme> value) {
  co_return PlainTextResponse(to_text(*value));
}

template <auto scheme>
TestResponse ask(std::string field = {}, std::string value = {}, std::string target = "/") {
  App app;
  app.get("/", give<scheme>);
  TestClient client(app);
  if (field.empty()) return client.get(target);
  return client.get(target, {.headers = {{field, value}}});
}

template <auto scheme>
std::string accepted(std::string field, std::string value, std::string target = "/") {
  const TestResponse response = ask<scheme>(field, value, target);
  CHECK(response.status_code == 200);
  return response.text();
}

template <auto scheme>
std::string challenge(std::string field = {}, std::string value = {}, std::string target = "/") {
  const TestResponse response = ask<scheme>(field, value, target);
  CAPTURE(value);
  CHECK(response.status_code == 401);
  CHECK(response.text() == R"({"detail":"Not authenticated"})");
  return std::string(response.headers.get("www-authenticate").value_or(""));
}

template <auto scheme>
SecurityRequirement described() {
  EndpointDescription description;
  scheme.describe(description);
  REQUIRE(description.security.size() == 1);
  return description.security[0];
}

}  // namespace

TEST_CASE("OAuth2PasswordBearer gives the token") {
  CHECK(accepted<oauth2>("authorization", "Bearer abc.def") == "abc.def");
  CHECK(accepted<oauth2>("authorization", "bEARER   abc ") == "abc");
  CHECK(accepted<optional_oauth2>("authorization", "Bearer abc") == "abc");
}

TEST_CASE("OAuth2PasswordBearer answers 401 where there is no bearer token") {
  CHECK(challenge<oauth2>() == "Bearer");
  for (const std::string field : {"", "Bearer", "Bearer ", "abc", "Basic abc", "Bearerabc x"}) {
    CHECK(challenge<oauth2>("authorization", field) == "Bearer");
    CHECK(accepted<optional_oauth2>("authorization", field) == "nothing");
  }
}

TEST_CASE("an Authorization field that comes twice is none") {
  App app;
  app.get("/", give<oauth2>);
  TestClient client(app);
  const auto response =
      client.get("/", {.headers = {{"authorization", "Bearer a"}, {"authorization", "Bearer b"}}});
  CHECK(response.status_code == 401);
}

TEST_CASE("HTTPBasic gives name and password, split at the first colon") {
  const auto send = [](std::string_view text) {
    return accepted<basic>("authorization", "Basic " + base64_encode(text));
  };
  CHECK(send("stanley:soprano") == "stanley|soprano");
  CHECK(send("stanley:so:prano") == "stanley|so:prano");
  CHECK(send("stanley:") == "stanley|");
  CHECK(send(":") == "|");
  CHECK(send("Jürgen:grüß") == "Jürgen|grüß");
  CHECK(accepted<optional_basic>("authorization", "bASIC YTpi") == "a|b");
}

TEST_CASE("HTTPBasic answers 401 with its realm") {
  CHECK(challenge<basic>() == "Basic");
  CHECK(challenge<basic_with_realm>() == R"(Basic realm="the \"stock\"")");
  CHECK(challenge<basic>("authorization", "Bearer YTpi") == "Basic");
  CHECK(ask<optional_basic>().text() == "nothing");
}

TEST_CASE("HTTPBasic refuses what it cannot read, also where credentials are optional") {
  for (const std::string& text :
       {std::string("notabase64token"), std::string("YTpi!"), base64_encode("no separator"),
        base64_encode("a:\xff"), base64_encode("a:\x01"), base64_encode(std::string("a:b\0", 4))}) {
    CHECK(challenge<basic>("authorization", "Basic " + text) == "Basic");
    CHECK(challenge<optional_basic>("authorization", "Basic " + text) == "Basic");
  }
}

TEST_CASE("HTTPBearer and HTTPDigest give scheme and credentials") {
  CHECK(accepted<bearer>("authorization", "Bearer foobar") == "Bearer|foobar");
  CHECK(accepted<bearer>("authorization", "bearer foo bar") == "bearer|foo bar");
  CHECK(challenge<bearer>() == "Bearer");
  CHECK(challenge<bearer>("authorization", "Basic foobar") == "Bearer");
  CHECK(accepted<optional_bearer>("authorization", "Basic foobar") == "nothing");
  CHECK(accepted<digest>("authorization", "Digest username=\"a\", nonce=\"b\"") ==
        "Digest|username=\"a\", nonce=\"b\"");
  CHECK(challenge<digest>() == "Digest");
}

TEST_CASE("OpenIdConnect gives the whole field") {
  CHECK(accepted<open_id>("authorization", "Bearer footokenbar") == "Bearer footokenbar");
  CHECK(challenge<open_id>() == "Bearer");
}

TEST_CASE("API keys come from a header, the query or a cookie") {
  CHECK(accepted<header_key>("x-key", "secret") == "secret");
  CHECK(challenge<header_key>() == "APIKey");
  CHECK(challenge<header_key>("x-key", "") == "APIKey");
  CHECK(accepted<query_key>("", "", "/?key=secret%20one") == "secret one");
  CHECK(challenge<query_key>("", "", "/?key=") == "APIKey");
  CHECK(accepted<cookie_key>("cookie", "other=1; key=secret") == "secret");
  CHECK(challenge<cookie_key>("cookie", "other=1") == "APIKey");
  CHECK(ask<optional_key>().text() == "nothing");
}

TEST_CASE("the schemes describe themselves as OpenAPI has them") {
  CHECK(described<oauth2>().name == "OAuth2PasswordBearer");
  CHECK(described<oauth2>().json ==
        R"({"type":"oauth2","flows":{"password":{"tokenUrl":"token","scopes":{}}}})");
  constexpr OAuth2AuthorizationCodeBearer code{"authorize",
                                               "token",
                                               {.scopes = {{"me", "Read \"me\""}, {"items", ""}},
                                                .refresh_url = "refresh",
                                                .scheme_name = "Login",
                                                .description = "Ask"}};
  CHECK(described<code>().name == "Login");
  CHECK(described<code>().json ==
        R"({"type":"oauth2","description":"Ask","flows":{"authorizationCode":{)"
        R"("authorizationUrl":"authorize","tokenUrl":"token","refreshUrl":"refresh",)"
        R"("scopes":{"me":"Read \"me\"","items":""}}}})");
  constexpr HTTPBearer jwt{{.bearer_format = "JWT"}};
  CHECK(described<jwt>().json == R"({"type":"http","scheme":"bearer","bearerFormat":"JWT"})");
  CHECK(described<basic_with_realm>().json == R"({"type":"http","scheme":"basic"})");
  CHECK(described<digest>().json == R"({"type":"http","scheme":"digest"})");
  CHECK(described<open_id>().json == R"({"type":"openIdConnect","openIdConnectUrl":)"
                                     R"("https://id.example/.well-known/openid-configuration"})");
  CHECK(described<query_key>().json == R"({"type":"apiKey","in":"query","name":"key"})");
  CHECK(described<header_key>().json == R"({"type":"apiKey","in":"header","name":"X-Key"})");
  CHECK(described<cookie_key>().name == "APIKeyCookie");
}

inline constexpr OAuth2 several{
    {.implicit = {.authorization_url = "authorize"},
     .client_credentials = {.token_url = "token", .scopes = {{"me", "Read"}, {"all", ""}}},
     .authorization_code = {.authorization_url = "authorize",
                            .token_url = "token",
                            .refresh_url = "refresh"}},
    {.scheme_name = "Login"}};
inline constexpr OAuth2<AutoError{false}> maybe{{.password = {.token_url = "token"}}};

TEST_CASE("OAuth2 has any of its flows, and gives the whole field") {
  CHECK(described<several>().name == "Login");
  CHECK(described<several>().json ==
        R"({"type":"oauth2","flows":{)"
        R"("implicit":{"authorizationUrl":"authorize","scopes":{}},)"
        R"("clientCredentials":{"tokenUrl":"token","scopes":{"me":"Read","all":""}},)"
        R"("authorizationCode":{"authorizationUrl":"authorize","tokenUrl":"token",)"
        R"("refreshUrl":"refresh","scopes":{}}}})");
  CHECK(described<maybe>().json ==
        R"({"type":"oauth2","flows":{"password":{"tokenUrl":"token","scopes":{}}}})");
  App app;
  app.get("/", [](Depends<several> field) -> Task<std::string> { co_return *field; });
  app.get("/maybe", [](Depends<maybe> field) -> Task<bool> { co_return field->has_value(); });
  TestClient client(app);
  const auto refused = client.get("/");
  CHECK(refused.status_code == 401);
  CHECK(refused.text() == R"({"detail":"Not authenticated"})");
  CHECK(refused.header("www-authenticate") == "Bearer");
  CHECK(client.get("/", {.headers = {{"authorization", "Other x"}}}).text() == "\"Other x\"");
  CHECK(client.get("/maybe").text() == "false");
}

TEST_CASE("a route is described with the scopes around its scheme") {
  EndpointDescription description;
  make_endpoint([](Security<oauth2, "items:read", "me">, Depends<header_key>) -> Task<> {
    co_return;
  })->describe(description);
  REQUIRE(description.security.size() == 2);
  CHECK(description.security[0].name == "OAuth2PasswordBearer");
  CHECK(description.security[0].scopes == std::vector<std::string>{"items:read", "me"});
  CHECK(description.security[1].name == "APIKeyHeader");
  CHECK(description.security[1].scopes.empty());
}
