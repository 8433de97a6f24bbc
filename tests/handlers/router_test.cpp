// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <string>
#include <utility>

using namespace capricorn;

namespace {
auto says(const char* text) {
  return [text]() -> Task<std::string> { co_return text; };
}
}  // namespace

TEST_CASE("the route that was declared first wins") {
  App app;
  app.get("/users/me", says("me"));
  app.get("/users/{id}", says("id"));
  app.get("/users/you", says("you"));
  TestClient client(app);
  CHECK(client.get("/users/me").text() == "\"me\"");
  CHECK(client.get("/users/you").text() == "\"id\"");
  CHECK(client.get("/users/you").route == "/users/{id}");
}

TEST_CASE("a path without parameters shares it with the patterns that take it, too") {
  App app;
  app.get("/items/new", says("new"));
  TestClient client(app);
  CHECK(client.post("/items/new").headers.get("allow") == "GET, HEAD");

  app.post("/items/{id}", says("posted"));  // behind requests that were served
  app.websocket("/live/{room}", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
  app.get("/live/one", says("one"));
  CHECK(client.get("/items/new").text() == "\"new\"");
  CHECK(client.post("/items/new").text() == "\"posted\"");
  CHECK(client.put("/items/new").headers.get("allow") == "GET, HEAD, POST");
  CHECK(client.get("/live/one").text() == "\"one\"");
  client.websocket_connect("/live/one");  // throws where it is refused

  App inner;
  inner.get("/new", says("inner"));
  app.mount("/other", std::move(inner));
  app.get("/other/new", says("outer"));
  CHECK(client.get("/other/new").text() == "\"inner\"");
}

TEST_CASE("a path parameter takes the rest, also an empty one") {
  App app;
  app.get("/files/{p:path}", [](Path<std::string, "p"> p) -> Task<std::string> { co_return *p; });
  TestClient client(app);
  CHECK(client.get("/files/a/b.txt").text() == "\"a/b.txt\"");
  CHECK(client.get("/files/").text() == "\"\"");
  CHECK(client.get("/files", {.follow_redirects = false}).headers.get("location") == "/files/");
}

TEST_CASE("convertors say what a segment may be") {
  App app;
  app.get("/n/{n:int}", says("int"));
  app.get("/n/{n:float}", says("float"));
  app.get("/n/{n:uuid}", says("uuid"));
  app.get("/n/{n}.json", says("json"));
  TestClient client(app);
  CHECK(client.get("/n/12").text() == "\"int\"");
  CHECK(client.get("/n/1.5").text() == "\"float\"");
  CHECK(client.get("/n/123e4567-e89b-12d3-a456-426614174000").text() == "\"uuid\"");
  CHECK(client.get("/n/123E4567e89b12d3a456426614174000").text() == "\"uuid\"");
  CHECK(client.get("/n/123e4567-e89b-12d3-a456-4266141740000").text() != "\"uuid\"");
  CHECK(client.get("/n/a.json").text() == "\"json\"");
  CHECK(client.get("/n/a").status_code == 404);
}

TEST_CASE("a known path with another method is 405 and names the allowed ones") {
  App app;
  app.get("/x", says("x"));
  app.put("/x", says("x"));
  TestClient client(app);
  const auto response = client.delete_("/x");
  CHECK(response.status_code == 405);
  CHECK(response.header("allow") == "GET, HEAD, PUT");
  CHECK(response.text() == R"({"detail":"Method Not Allowed"})");
  CHECK(client.head("/x").status_code == 200);
  CHECK(client.get("/y").text() == R"({"detail":"Not Found"})");
}

TEST_CASE("HEAD beside GET is the route's that was declared for it alone") {
  const auto head = [](Response& response) -> Task<> {
    response.headers().append("x-head", "own");
    co_return;
  };
  App app;
  app.get("/x", says("x"));
  app.head("/x", head);
  app.head("/first", head);
  app.get("/first", says("first"));
  app.get("/items/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
  app.head("/items/{item}", [](Path<int, "item">, Response& response) -> Task<> {
    response.headers().append("x-head", "own");
    co_return;
  });
  TestClient client(app);
  for (const char* path : {"/x", "/first", "/items/3"}) {
    CAPTURE(path);
    CHECK(client.head(path).header("x-head") == "own");
    CHECK(client.get(path).status_code == 200);
    CHECK(client.put(path).header("allow") == "GET, HEAD");
  }
}

TEST_CASE("api_route with GET answers HEAD, and TRACE has a route of its own") {
  App app;
  app.api_route("/x", method_bit(Method::kGet) | method_bit(Method::kPost), says("x"));
  app.trace("/x", says("traced"));
  TestClient client(app);
  CHECK(client.head("/x").status_code == 200);
  CHECK(client.head("/x").text().empty());
  CHECK(client.put("/x").header("allow") == "GET, HEAD, POST, TRACE");
  CHECK(client.request("TRACE", "/x").text() == "\"traced\"");
}

TEST_CASE("a mounted application sees its prefix as root_path") {
  App inner;
  inner.get("/a", [](Request& request) -> Task<std::string> {
    co_return std::string(request.scope().root_path);
  });
  App app;
  app.mount("/api/v1", std::move(inner));
  TestClient client(app, {.follow_redirects = false});
  CHECK(client.get("/api/v1/a").text() == "\"/api/v1\"");
  CHECK(client.get("/api/v10/a").status_code == 404);
  CHECK(client.get("/api/v1").header("location") == "/api/v1/");
}

TEST_CASE("a runtime pattern is checked when the route is added") {
  App app;
  const auto handler = [](Path<int, "id">) -> Task<> { co_return; };
  CHECK_THROWS_AS(app.get(runtime("/a/{other}"), handler), std::invalid_argument);
  CHECK_THROWS_AS(app.get(runtime("a/{id}"), handler), std::invalid_argument);
  CHECK_THROWS_AS(app.get(runtime("/a/{id:what}"), handler), std::invalid_argument);
}

TEST_CASE("10000 routes cost a request no more than 10") {
  const auto examined = [](int count) {
    Router router;
    for (int i = 0; i < count; ++i) {
      const std::string text = "/r" + std::to_string(i);
      router.add(
          {.pattern = text + "/{id}",
           .methods = method_bit(Method::kGet),
           .endpoint = make_endpoint([](Path<int, "id"> id) -> Task<int> { co_return *id; })});
      router.add({.pattern = text,
                  .methods = method_bit(Method::kGet),
                  .endpoint = make_endpoint([]() -> Task<int> { co_return 1; })});
    }
    const std::string path = "/r" + std::to_string(count - 1);
    const Router::Match dynamic = router.match(Method::kGet, path + "/7");
    const Router::Match fixed = router.match(Method::kGet, path);
    REQUIRE(dynamic.route);
    REQUIRE(fixed.route);
    return std::pair(dynamic.examined, fixed.examined);
  };
  CHECK(examined(10) == std::pair(2u, 1u));
  CHECK(examined(10000) == examined(10));
}

namespace {

App answering(const char* text) {
  App app;
  app.get("/", says(text));
  return app;
}
std::string ask(TestClient& client, const char* host) {
  return client.get("/", {.headers = {{"host", host}}}).text();
}

}  // namespace

TEST_CASE("a host has an application of its own") {
  App app;
  app.host("api.example.org", answering("api"));
  app.host("{tenant}.example.org", answering("tenant"));
  app.get("/", says("main"));
  app.host("late.org", answering("late"));
  TestClient client(app);
  CHECK(ask(client, "api.example.org") == "\"api\"");
  CHECK(ask(client, "API.example.org:8000") == "\"api\"");
  CHECK(ask(client, "shop.example.org") == "\"tenant\"");
  CHECK(ask(client, ".example.org") == "\"main\"");
  CHECK(ask(client, "example.org") == "\"main\"");
  // A route that was declared before it comes first.
  CHECK(ask(client, "late.org") == "\"main\"");
  CHECK(client.get("/other", {.headers = {{"host", "late.org"}}}).text() ==
        R"({"detail":"Not Found"})");
  for (const char* pattern :
       {"", "a.org/x", "a.org:80", "{a}.{b}.org", "{}.org", "{a.org", "api.{tenant"}) {
    CAPTURE(pattern);
    CHECK_THROWS_AS(app.host(pattern, answering("x")), std::invalid_argument);
  }
}

TEST_CASE("a websocket is its host's application's, too") {
  App inner;
  inner.websocket("/", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    co_await socket.send_text("inner");
  });
  App app;
  app.host("ws.example.org", std::move(inner));
  TestClient client(app);
  auto socket = client.websocket_connect("/", {.headers = {{"host", "ws.example.org"}}});
  CHECK(socket.receive_text() == "inner");
}

TEST_CASE("an application may have convertors of its own") {
  App app;
  app.register_url_convertor(
      "even", [](std::string_view text) { return !text.empty() && (text.back() - '0') % 2 == 0; });
  const auto handler = [](Path<int, "n"> n) -> Task<int> { co_return *n; };
  app.get(runtime("/numbers/{n:even}"), handler);
  APIRouter router({.prefix = "/more"});
  router.get(runtime("/{n:even}"), handler);
  app.include_router(router);
  TestClient client(app);
  CHECK(client.get("/numbers/4").text() == "4");
  CHECK(client.get("/numbers/5").status_code == 404);
  CHECK(client.get("/more/6").text() == "6");
  CHECK_THROWS_AS(app.get(runtime("/x/{n:odd}"), handler), std::invalid_argument);
  for (const char* name : {"int", "even", "", "a-b"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(app.register_url_convertor(name, [](std::string_view) { return true; }),
                    std::invalid_argument);
  }
}
