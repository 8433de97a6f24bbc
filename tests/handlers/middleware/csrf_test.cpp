// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;

namespace {

App shop() {
  App app;
  const auto ok = []() -> Task<std::string> { co_return "ok"; };
  app.get("/", ok);
  app.post("/", ok);
  app.post("/hooks/paid", ok);
  app.websocket("/", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
  app.add_middleware<CSRFMiddleware>(
      CSRFOptions{.trusted_origins = {"https://app.example.org"}, .exempt_paths = {"/hooks/"}});
  return app;
}

}  // namespace

TEST_CASE("what a page of another origin has a browser send is refused") {
  App app = shop();
  TestClient client(app);
  const auto post = [&](TextPairs headers) {
    return client.post("/", {.headers = std::move(headers)}).status_code;
  };
  CHECK(post({}) == 200);  // no browser
  CHECK(post({{"origin", "http://testserver"}}) == 200);
  CHECK(post({{"origin", "https://TestServer"}}) == 200);
  CHECK(post({{"origin", "http://evil.org"}}) == 403);
  CHECK(post({{"origin", "null"}}) == 403);
  CHECK(post({{"origin", "https://app.example.org"}}) == 200);
  CHECK(post({{"origin", "https://app.example.org"}, {"sec-fetch-site", "cross-site"}}) == 200);
  CHECK(post({{"sec-fetch-site", "same-origin"}}) == 200);
  CHECK(post({{"sec-fetch-site", "none"}}) == 200);
  CHECK(post({{"sec-fetch-site", "same-site"}}) == 403);
  CHECK(post({{"origin", "http://testserver"}, {"sec-fetch-site", "cross-site"}}) == 403);
  CHECK(client.get("/", {.headers = {{"origin", "http://evil.org"}}}).status_code == 200);
  CHECK(client.post("/hooks/paid", {.headers = {{"origin", "http://evil.org"}}}).status_code ==
        200);
  const auto refused = client.post("/", {.headers = {{"origin", "http://evil.org"}}});
  CHECK(refused.text() == "CSRF verification failed");
}

TEST_CASE("exempt paths are those that routes see, behind a proxy's prefix and below a mount") {
  const TestRequestOptions foreign{.headers = {{"origin", "http://evil.org"}}};
  App app = shop();
  TestClient client(app, {.root_path = "/api"});
  CHECK(client.post("/api/hooks/paid", foreign).status_code == 200);
  CHECK(client.post("/api/", foreign).status_code == 403);
  App outer;
  outer.mount("/hooks", shop());
  TestClient outside(outer);
  CHECK(outside.post("/hooks/hooks/paid", foreign).status_code == 200);
  CHECK(outside.post("/hooks/", foreign).status_code == 403);
}

TEST_CASE("a websocket of another origin is refused") {
  App app = shop();
  TestClient client(app);
  CHECK_NOTHROW(client.websocket_connect("/", {.headers = {{"origin", "http://testserver"}}}));
  CHECK_THROWS_AS(client.websocket_connect("/", {.headers = {{"origin", "http://evil.org"}}}),
                  WebSocketDenialResponse);
}

TEST_CASE("an origin is a scheme and a host") {
  App app;
  for (const char* origin : {"example.org", "https://", "https://example.org/"}) {
    CAPTURE(origin);
    CHECK_THROWS_AS(app.add_middleware<CSRFMiddleware>(CSRFOptions{.trusted_origins = {origin}}),
                    std::invalid_argument);
  }
}
