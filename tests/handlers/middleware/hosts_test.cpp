// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>

#include "connection.hpp"

using namespace capricorn;
using capricorn::test::Connection;

namespace {

std::string answer(TestClient& client, std::string host, std::string target = "/?q=1") {
  const auto response =
      client.get(target, {.headers = {{"host", host}}, .follow_redirects = false});
  return std::to_string(response.status_code) + " " + response.text() + response.header("location");
}

App hello() {
  App app;
  app.get("/{path:path}", [](Path<std::string, "path">) -> Task<Response> {
    co_return PlainTextResponse("hello");
  });
  return app;
}

}  // namespace

TEST_CASE("only hosts that are allowed are served") {
  Connection::Facts facts;
  App app = hello();
  app.add_middleware<TrustedHostMiddleware>(
      TrustedHostOptions{.allowed_hosts = {"a.org", "*.b.org", "www.c.org", "[::1]"}});
  app.add_middleware<Connection>(facts);
  TestClient client(app);
  // As Starlette 1.3.
  CHECK(answer(client, "a.org") == "200 hello");
  CHECK(answer(client, "a.org:80") == "200 hello");
  CHECK(answer(client, "b.org") == "400 Invalid host header");
  CHECK(answer(client, "x.b.org") == "200 hello");
  CHECK(answer(client, "xb.org") == "400 Invalid host header");
  CHECK(answer(client, "c.org") == "307 http://www.c.org/?q=1");
  CHECK(answer(client, "www.c.org") == "200 hello");
  CHECK(answer(client, "c.org:8000") == "307 http://www.c.org:8000/?q=1");
  CHECK(client.get("/").status_code == 400);
  // Better than it: names have no case, and an IPv6 address has colons.
  CHECK(answer(client, "A.Org") == "200 hello");
  CHECK(answer(client, "[::1]:8000") == "200 hello");
}

TEST_CASE("a websocket for another host is refused, and \"*\" takes any host") {
  Connection::Facts facts{.type = Scope::Type::kWebSocket};
  App app = hello();
  app.add_middleware<TrustedHostMiddleware>(TrustedHostOptions{.allowed_hosts = {"a.org"}});
  app.add_middleware<Connection>(facts);
  TestClient client(app);
  CHECK(answer(client, "evil.org") == "400 Invalid host header");
  App open = hello();
  open.add_middleware<TrustedHostMiddleware>();
  TestClient any(open);
  CHECK(answer(any, "evil.org") == "200 hello");
}

TEST_CASE("www_redirect is for those who want it, and wildcards stand in front") {
  App app = hello();
  app.add_middleware<TrustedHostMiddleware>(
      TrustedHostOptions{.allowed_hosts = {"www.c.org"}, .www_redirect = false});
  TestClient client(app);
  CHECK(answer(client, "c.org") == "400 Invalid host header");
  for (const char* pattern : {"a.*", "*a.org", "a*", "*.a.*"}) {
    CAPTURE(pattern);
    App other;
    CHECK_THROWS_WITH_AS(
        other.add_middleware<TrustedHostMiddleware>(TrustedHostOptions{.allowed_hosts = {pattern}}),
        "Domain wildcard patterns must be like '*.example.com'.", std::invalid_argument);
  }
}

TEST_CASE("http and ws are sent to https and wss, all else the same") {
  Connection::Facts facts;
  App app = hello();
  app.add_middleware<HTTPSRedirectMiddleware>();
  app.add_middleware<Connection>(facts);
  TestClient client(app);
  const std::string target = "/a%20b?q=1&x=%20";
  CHECK(answer(client, "a.org", target) == "307 https://a.org/a%20b?q=1&x=%20");
  CHECK(answer(client, "a.org:80", target) == "307 https://a.org/a%20b?q=1&x=%20");
  CHECK(answer(client, "a.org:443", target) == "307 https://a.org/a%20b?q=1&x=%20");
  CHECK(answer(client, "a.org:8000", target) == "307 https://a.org:8000/a%20b?q=1&x=%20");
  CHECK(answer(client, "[::1]:80", target) == "307 https://[::1]/a%20b?q=1&x=%20");
  facts.scheme = "https";
  CHECK(answer(client, "a.org", target) == "200 hello");
  facts = {.scheme = "ws", .type = Scope::Type::kWebSocket};
  CHECK(answer(client, "a.org", "/ws") == "307 wss://a.org/ws");
}
