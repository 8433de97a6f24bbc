// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <set>
#include <stdexcept>
#include <string>

#include "comma_locale.hpp"
#include "connection.hpp"
#include "scenario.hpp"

using namespace capricorn;
using namespace std::chrono_literals;
using capricorn::test::Connection;

TEST_CASE("each request has an id, on its answer and for its handler") {
  App app;
  app.get("/", [](Request& request) -> Task<Response> {
    co_return PlainTextResponse(request.request_id());
  });
  app.add_middleware<RequestIdMiddleware>();
  TestClient client(app);
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const auto response = client.get("/");
    CHECK(response.text().size() == 32);
    CHECK(response.text().find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(response.header("x-request-id") == response.text());
    ids.insert(response.text());
  }
  CHECK(ids.size() == 5);
  CHECK(client.get("/nowhere").header("x-request-id").size() == 32);
}

TEST_CASE("an id that the client sends is kept where it is harmless and trusted") {
  const auto id_for = [](RequestIdOptions options, std::string name, std::string id) {
    App app;
    app.get("/", [](Request& request) -> Task<Response> {
      co_return PlainTextResponse(request.request_id());
    });
    app.add_middleware<RequestIdMiddleware>(std::move(options));
    TestClient client(app);
    return client.get("/", {.headers = {{name, id}}}).text();
  };
  CHECK(id_for({}, "x-request-id", "abc-1.2_3~+/=:@Z") == "abc-1.2_3~+/=:@Z");
  const std::string longest(128, 'a');
  CHECK(id_for({}, "x-request-id", longest) == longest);
  for (const std::string& bad : {std::string(129, 'a'), std::string("a b"), std::string("a\"b"),
                                 std::string("\x1b[1m"), std::string("ä"), std::string()}) {
    CAPTURE(bad);
    CHECK(id_for({}, "x-request-id", bad).size() == 32);
    CHECK(id_for({}, "x-request-id", bad) != bad);
  }
  CHECK(id_for({.trust_client = false}, "x-request-id", "abc").size() == 32);
  CHECK(id_for({.header = "X-Correlation-ID"}, "x-correlation-id", "abc") == "abc");
  App app;
  CHECK_THROWS_AS(app.add_middleware<RequestIdMiddleware>(RequestIdOptions{.header = "a b"}),
                  std::invalid_argument);
}

TEST_CASE("without the middleware a request has no id") {
  App app;
  app.get("/", [](Request& request) -> Task<bool> { co_return request.request_id().empty(); });
  TestClient client(app);
  CHECK(client.get("/").text() == "true");
}

TEST_CASE("an answer tells how long it took to begin, whatever the application's locale") {
  test::run_virtually([]() -> Task<> {
    const test::CommaLocale comma;
    App app;
    app.get("/", []() -> Task<int> {
      co_await sleep(1250ms);
      co_return 1;
    });
    app.add_middleware<ProcessTimeMiddleware>();
    struct Heard final : Receive, Send {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpRequest{}); }
      ValueTask<void> operator()(const SendEvent& event) override {
        const auto& headers = std::get<WholeResponse>(event).headers;
        process_time = headers.get("x-process-time").value_or("");
        server_timing = headers.get("server-timing").value_or("");
        return {};
      }
      std::string process_time, server_timing;
    } heard;
    Scope scope;
    scope.path = scope.raw_path = "/";
    co_await app(scope, heard, heard);
    CHECK(heard.process_time.starts_with("1.25"));
    CHECK(heard.server_timing.starts_with("app;dur=125"));
  }());
}

TEST_CASE("what browsers want to hear is added where the answer has not said it") {
  Connection::Facts facts;
  App app;
  app.get("/", []() -> Task<int> { co_return 1; });
  app.get("/framed", []() -> Task<Response> {
    Response response(200);
    response.headers().append("x-frame-options", "DENY");
    co_return response;
  });
  app.add_middleware<SecureHeadersMiddleware>(
      SecureHeadersOptions{.referrer_policy = "", .content_security_policy = "default-src 'self'"});
  app.add_middleware<Connection>(facts);
  TestClient client(app);
  const auto open = client.get("/");
  CHECK(open.header("x-content-type-options") == "nosniff");
  CHECK(open.header("x-frame-options") == "SAMEORIGIN");
  CHECK(open.header("cross-origin-opener-policy") == "same-origin");
  CHECK(open.header("content-security-policy") == "default-src 'self'");
  CHECK(open.header("referrer-policy").empty());
  CHECK(open.header("strict-transport-security").empty());
  CHECK(client.get("/framed").header("x-frame-options") == "DENY");
  facts.scheme = "https";
  CHECK(client.get("/").header("strict-transport-security") ==
        "max-age=31536000; includeSubDomains");
  App other;
  CHECK_THROWS_AS(other.add_middleware<SecureHeadersMiddleware>(
                      SecureHeadersOptions{.frame_options = "a\r\nb"}),
                  std::invalid_argument);
}

TEST_CASE("a body that the client has is not sent again") {
  App app;
  std::string text = "hello";
  app.get("/", [&]() -> Task<Response> { co_return PlainTextResponse(text); });
  app.get("/private", []() -> Task<Response> {
    Response response = PlainTextResponse("x");
    response.headers().append("cache-control", "no-store");
    co_return response;
  });
  app.get("/own", []() -> Task<Response> {
    Response response = PlainTextResponse("x");
    response.headers().append("etag", "\"mine\"");
    co_return response;
  });
  app.get("/made", []() -> Task<Response> { co_return PlainTextResponse("x", 201); });
  app.post("/", []() -> Task<int> { co_return 1; });
  app.add_middleware<ETagMiddleware>();
  TestClient client(app);
  const auto first = client.get("/");
  const std::string etag = first.header("etag");
  CHECK(etag.size() == 24);
  CHECK(client.get("/").header("etag") == etag);
  CHECK(client.head("/").header("etag") == etag);
  const auto again = client.get("/", {.headers = {{"if-none-match", etag}}});
  CHECK(again.status_code == 304);
  CHECK(again.text().empty());
  CHECK(again.header("etag") == etag);
  CHECK(again.header("content-type").empty());
  CHECK(client.get("/", {.headers = {{"if-match", etag}}}).text() == "hello");
  const auto failed = client.get("/", {.headers = {{"if-match", "\"another\""}}});
  CHECK(failed.status_code == 412);
  CHECK(failed.text().empty());
  text = "other";
  const auto changed = client.get("/", {.headers = {{"if-none-match", etag}}});
  CHECK(changed.status_code == 200);
  CHECK(changed.text() == "other");
  CHECK(client.get("/private").header("etag").empty());
  CHECK(client.get("/own").header("etag") == "\"mine\"");
  CHECK(client.get("/made").header("etag").empty());
  CHECK(client.post("/").header("etag").empty());
}

TEST_CASE("compression is a middleware too, with gzip alone where Starlette's name is used") {
  App app;
  app.get("/", []() -> Task<Response> { co_return PlainTextResponse(std::string(2000, 'x')); });
  app.post("/", [](Request& request) -> Task<std::string> {
    const std::string_view body = co_await request.body();
    co_return std::string(body);
  });
  app.add_middleware<RequestDecompression>();
  app.add_middleware<CompressionMiddleware>();
  App plain;
  plain.get("/", []() -> Task<Response> { co_return PlainTextResponse(std::string(2000, 'x')); });
  plain.add_middleware<GZipMiddleware>(GZipOptions{.minimum_size = 1000});
  TestClient all(app);
  TestClient gzip(plain);
  const auto coding = [](TestClient& client, std::string accepted) {
    return client.get("/", {.headers = {{"accept-encoding", accepted}}}).header("content-encoding");
  };
  CHECK(coding(all, "gzip, br, zstd") == "zstd");
  CHECK(coding(gzip, "gzip, br, zstd") == "gzip");
  CHECK(coding(gzip, "br").empty());
  CHECK(gzip.get("/").header("vary") == "Accept-Encoding");
}
