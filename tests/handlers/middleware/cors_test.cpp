// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace capricorn;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

enum Kind { kAll, kCredentials, kOne, kRegex };

CORSOptions options_of(Kind kind) {
  switch (kind) {
    case kAll: return {.allow_origins = {"*"}, .allow_methods = {"*"}, .allow_headers = {"*"}};
    case kCredentials:
      return {.allow_origins = {"*"},
              .allow_methods = {"*"},
              .allow_headers = {"*"},
              .allow_credentials = true,
              .expose_headers = {"X-A", "X-B"},
              .max_age = std::chrono::seconds(5)};
    case kOne:
      return {.allow_origins = {"https://a.org"},
              .allow_methods = {"POST"},
              .allow_headers = {"X-Token"}};
    default: return {.allow_origin_regex = R"(https://.*\.a\.org)", .allow_private_network = true};
  }
}

struct Row {
  Kind kind;
  std::string_view method;
  std::string_view path;
  std::initializer_list<std::pair<std::string_view, std::string_view>> headers;
  std::string_view outcome;  // status, body, and the fields that matter in alphabetical order
};

// What Starlette 1.3 answers to the same requests, but for `vary: Origin` where no origin is
// allowed: without it a shared cache gives those answers to pages that are.
const Row kRows[] = {
    {kAll, "GET", "/", {}, "200 hello | "},
    {kAll, "GET", "/", {{"origin", "https://a.org"}}, "200 hello | access-control-allow-origin=*"},
    {kAll,
     "GET",
     "/vary",
     {{"origin", "https://a.org"}, {"cookie", "a=1"}},
     "200 hello | access-control-allow-origin=*; vary=Accept"},
    {kAll,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"}, {"access-control-request-method", "POST"}},
     "200 OK | access-control-allow-methods=DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT; "
     "access-control-allow-origin=*; access-control-max-age=600"},
    {kAll,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Token, Accept"}},
     "200 OK | access-control-allow-headers=X-Token, Accept; access-control-allow-methods=DELETE, "
     "GET, HEAD, OPTIONS, PATCH, POST, PUT; access-control-allow-origin=*; "
     "access-control-max-age=600"},
    {kAll,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Other"},
      {"access-control-request-private-network", "true"}},
     "400 Disallowed CORS private-network | access-control-allow-headers=X-Other; "
     "access-control-allow-methods=DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT; "
     "access-control-allow-origin=*; access-control-max-age=600"},
    {kAll,
     "OPTIONS",
     "/",
     {{"origin", "https://x.a.org"},
      {"access-control-request-method", "GET"},
      {"access-control-request-private-network", "true"}},
     "400 Disallowed CORS private-network | access-control-allow-methods=DELETE, GET, HEAD, "
     "OPTIONS, PATCH, POST, PUT; access-control-allow-origin=*; access-control-max-age=600"},
    {kAll,
     "OPTIONS",
     "/",
     {{"origin", "https://b.org"},
      {"access-control-request-method", "DELETE"},
      {"access-control-request-headers", "x-nope"}},
     "200 OK | access-control-allow-headers=x-nope; access-control-allow-methods=DELETE, GET, "
     "HEAD, OPTIONS, PATCH, POST, PUT; access-control-allow-origin=*; access-control-max-age=600"},
    {kCredentials, "GET", "/", {}, "200 hello | vary=Origin"},
    {kCredentials,
     "GET",
     "/",
     {{"origin", "https://a.org"}},
     "200 hello | access-control-allow-credentials=true; "
     "access-control-allow-origin=https://a.org; access-control-expose-headers=X-A, X-B; "
     "vary=Origin"},
    {kCredentials,
     "GET",
     "/vary",
     {{"origin", "https://a.org"}, {"cookie", "a=1"}},
     "200 hello | access-control-allow-credentials=true; "
     "access-control-allow-origin=https://a.org; access-control-expose-headers=X-A, X-B; "
     "vary=Accept, Origin"},
    {kCredentials,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"}, {"access-control-request-method", "POST"}},
     "200 OK | access-control-allow-credentials=true; access-control-allow-methods=DELETE, GET, "
     "HEAD, OPTIONS, PATCH, POST, PUT; access-control-allow-origin=https://a.org; "
     "access-control-max-age=5; vary=Origin"},
    {kCredentials,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Token, Accept"}},
     "200 OK | access-control-allow-credentials=true; access-control-allow-headers=X-Token, "
     "Accept; access-control-allow-methods=DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT; "
     "access-control-allow-origin=https://a.org; access-control-max-age=5; vary=Origin"},
    {kCredentials,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Other"},
      {"access-control-request-private-network", "true"}},
     "400 Disallowed CORS private-network | access-control-allow-credentials=true; "
     "access-control-allow-headers=X-Other; access-control-allow-methods=DELETE, GET, HEAD, "
     "OPTIONS, PATCH, POST, PUT; access-control-allow-origin=https://a.org; "
     "access-control-max-age=5; vary=Origin"},
    {kCredentials,
     "OPTIONS",
     "/",
     {{"origin", "https://x.a.org"},
      {"access-control-request-method", "GET"},
      {"access-control-request-private-network", "true"}},
     "400 Disallowed CORS private-network | access-control-allow-credentials=true; "
     "access-control-allow-methods=DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT; "
     "access-control-allow-origin=https://x.a.org; access-control-max-age=5; vary=Origin"},
    {kCredentials,
     "OPTIONS",
     "/",
     {{"origin", "https://b.org"},
      {"access-control-request-method", "DELETE"},
      {"access-control-request-headers", "x-nope"}},
     "200 OK | access-control-allow-credentials=true; access-control-allow-headers=x-nope; "
     "access-control-allow-methods=DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT; "
     "access-control-allow-origin=https://b.org; access-control-max-age=5; vary=Origin"},
    {kOne, "GET", "/", {}, "200 hello | vary=Origin"},
    {kOne,
     "GET",
     "/",
     {{"origin", "https://a.org"}},
     "200 hello | access-control-allow-origin=https://a.org; vary=Origin"},
    {kOne,
     "GET",
     "/vary",
     {{"origin", "https://a.org"}, {"cookie", "a=1"}},
     "200 hello | access-control-allow-origin=https://a.org; vary=Accept, Origin"},
    {kOne, "GET", "/", {{"origin", "https://b.org"}}, "200 hello | vary=Origin"},
    {kOne, "GET", "/", {{"origin", "https://x.a.org"}}, "200 hello | vary=Origin"},
    {kOne, "GET", "/", {{"origin", "https://x.a.org.evil"}}, "200 hello | vary=Origin"},
    {kOne,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"}},
     "405 {\"detail\":\"Method Not Allowed\"} | access-control-allow-origin=https://a.org; "
     "vary=Origin"},
    {kOne,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"}, {"access-control-request-method", "POST"}},
     "200 OK | access-control-allow-headers=Accept, Accept-Language, Content-Language, "
     "Content-Type, X-Token; access-control-allow-methods=POST; "
     "access-control-allow-origin=https://a.org; access-control-max-age=600; vary=Origin"},
    {kOne,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Token, Accept"}},
     "200 OK | access-control-allow-headers=Accept, Accept-Language, Content-Language, "
     "Content-Type, X-Token; access-control-allow-methods=POST; "
     "access-control-allow-origin=https://a.org; access-control-max-age=600; vary=Origin"},
    {kOne,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Other"},
      {"access-control-request-private-network", "true"}},
     "400 Disallowed CORS headers, private-network | access-control-allow-headers=Accept, "
     "Accept-Language, Content-Language, Content-Type, X-Token; access-control-allow-methods=POST; "
     "access-control-allow-origin=https://a.org; access-control-max-age=600; vary=Origin"},
    {kOne,
     "OPTIONS",
     "/",
     {{"origin", "https://x.a.org"},
      {"access-control-request-method", "GET"},
      {"access-control-request-private-network", "true"}},
     "400 Disallowed CORS origin, method, private-network | access-control-allow-headers=Accept, "
     "Accept-Language, Content-Language, Content-Type, X-Token; access-control-allow-methods=POST; "
     "access-control-max-age=600; vary=Origin"},
    {kOne,
     "OPTIONS",
     "/",
     {{"origin", "https://b.org"},
      {"access-control-request-method", "DELETE"},
      {"access-control-request-headers", "x-nope"}},
     "400 Disallowed CORS origin, method, headers | access-control-allow-headers=Accept, "
     "Accept-Language, Content-Language, Content-Type, X-Token; access-control-allow-methods=POST; "
     "access-control-max-age=600; vary=Origin"},
    {kRegex, "GET", "/", {}, "200 hello | vary=Origin"},
    {kRegex, "GET", "/", {{"origin", "https://a.org"}}, "200 hello | vary=Origin"},
    {kRegex,
     "GET",
     "/vary",
     {{"origin", "https://a.org"}, {"cookie", "a=1"}},
     "200 hello | vary=Accept, Origin"},
    {kRegex, "GET", "/", {{"origin", "https://b.org"}}, "200 hello | vary=Origin"},
    {kRegex,
     "GET",
     "/",
     {{"origin", "https://x.a.org"}},
     "200 hello | access-control-allow-origin=https://x.a.org; vary=Origin"},
    {kRegex, "GET", "/", {{"origin", "https://x.a.org.evil"}}, "200 hello | vary=Origin"},
    {kRegex,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"}},
     "405 {\"detail\":\"Method Not Allowed\"} | vary=Origin"},
    {kRegex,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"}, {"access-control-request-method", "POST"}},
     "400 Disallowed CORS origin, method | access-control-allow-headers=Accept, Accept-Language, "
     "Content-Language, Content-Type; access-control-allow-methods=GET; "
     "access-control-max-age=600; vary=Origin"},
    {kRegex,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Token, Accept"}},
     "400 Disallowed CORS origin, method, headers | access-control-allow-headers=Accept, "
     "Accept-Language, Content-Language, Content-Type; access-control-allow-methods=GET; "
     "access-control-max-age=600; vary=Origin"},
    {kRegex,
     "OPTIONS",
     "/",
     {{"origin", "https://a.org"},
      {"access-control-request-method", "POST"},
      {"access-control-request-headers", "X-Other"},
      {"access-control-request-private-network", "true"}},
     "400 Disallowed CORS origin, method, headers | access-control-allow-headers=Accept, "
     "Accept-Language, Content-Language, Content-Type; access-control-allow-methods=GET; "
     "access-control-allow-private-network=true; access-control-max-age=600; vary=Origin"},
    {kRegex,
     "OPTIONS",
     "/",
     {{"origin", "https://x.a.org"},
      {"access-control-request-method", "GET"},
      {"access-control-request-private-network", "true"}},
     "200 OK | access-control-allow-headers=Accept, Accept-Language, Content-Language, "
     "Content-Type; access-control-allow-methods=GET; access-control-allow-origin=https://x.a.org; "
     "access-control-allow-private-network=true; access-control-max-age=600; vary=Origin"},
    {kRegex,
     "OPTIONS",
     "/",
     {{"origin", "https://b.org"},
      {"access-control-request-method", "DELETE"},
      {"access-control-request-headers", "x-nope"}},
     "400 Disallowed CORS origin, method, headers | access-control-allow-headers=Accept, "
     "Accept-Language, Content-Language, Content-Type; access-control-allow-methods=GET; "
     "access-control-max-age=600; vary=Origin"},
};

std::string outcome_of(const TestResponse& response) {
  std::vector<std::string> fields;
  for (const Headers::Field field : response.headers) {
    if (field.name.starts_with("access") || field.name == "vary") {
      fields.push_back(std::string(field.name) + "=" + std::string(field.value));
    }
  }
  std::ranges::sort(fields);
  std::string out = std::to_string(response.status_code) + " " + response.text() + " | ";
  for (const std::string& field : fields) out += (out.ends_with("| ") ? "" : "; ") + field;
  return out;
}

App make_app(CORSOptions options) {
  App app;
  app.get("/", []() -> Task<Response> { co_return PlainTextResponse("hello"); });
  app.get("/vary", []() -> Task<Response> {
    Response response = PlainTextResponse("hello");
    response.headers().append("vary", "Accept");
    co_return response;
  });
  app.add_middleware<CORSMiddleware>(std::move(options));
  return app;
}

}  // namespace

TEST_CASE("requests and preflights are answered as Starlette does, and caches are told") {
  for (const Row& row : kRows) {
    App app = make_app(options_of(row.kind));
    TestClient client(app);
    CAPTURE(row.kind);
    CAPTURE(row.method);
    CAPTURE(row.path);
    const auto response = client.request(std::string(row.method), std::string(row.path),
                                         {.headers = {row.headers.begin(), row.headers.end()}});
    CHECK(outcome_of(response) == row.outcome);
  }
}

TEST_CASE("a stream to another origin is marked, and OPTIONS without a method asked for goes on") {
  App app = make_app(options_of(kOne));
  app.get("/stream", []() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> { co_await writer.write("x"); });
  });
  app.options("/", []() -> Task<Response> { co_return PlainTextResponse("mine"); });
  TestClient client(app);
  const auto stream = client.get("/stream", {.headers = {{"origin", "https://a.org"}}});
  CHECK(stream.header("access-control-allow-origin") == "https://a.org");
  CHECK(stream.text() == "x");
  CHECK(client.options("/", {.headers = {{"origin", "https://a.org"}}}).text() == "mine");
}

TEST_CASE("a preflight without an origin is a request like others") {
  App app = make_app(options_of(kOne));
  TestClient client(app);
  const auto answer = client.options("/", {.headers = {{"access-control-request-method", "POST"}}});
  CHECK(answer.status_code == 405);
  CHECK(answer.header("vary") == "Origin");
}

TEST_CASE("an origin regex that is none is refused where it is given") {
  App app;
  CHECK_THROWS_AS(app.add_middleware<CORSMiddleware>(CORSOptions{.allow_origin_regex = "("}),
                  std::invalid_argument);
}
