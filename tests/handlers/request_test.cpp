// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// Gives the pieces of a body, and then the client leaves.
struct Pieces final : Receive, Scope::Owner {
  explicit Pieces(std::deque<std::string> all) : pieces(std::move(all)) {}

  ValueTask<ReceiveEvent> operator()() override {
    if (pieces.empty()) {
      left = true;
      return ReceiveEvent(HttpDisconnect{});
    }
    current = std::move(pieces.front());
    pieces.pop_front();
    const bool last = ends && pieces.empty();
    return ReceiveEvent(HttpRequest{current, !last, last && has_trailers ? &trailers : nullptr});
  }
  void add_reference() noexcept override {}
  void drop_reference() noexcept override {}
  bool disconnected() const noexcept override { return left; }

  std::deque<std::string> pieces;
  std::string current;
  Headers trailers;
  bool ends = true;
  bool has_trailers = false;
  bool left = false;
};

/// Runs `body` with a request of these pieces.
void with_request(Pieces& pieces, Task<> (*body)(Request&)) {
  TestLoop loop;
  Scope scope;
  scope.owner = &pieces;
  const RequestReference request(new Request(scope, pieces));
  loop.run_until_complete(body(*request));
}

struct Sent final : Send {
  ValueTask<void> operator()(const SendEvent& event) override {
    if (const auto* whole = std::get_if<WholeResponse>(&event)) {
      status = whole->status;
      body = whole->body;
      allow = whole->headers.get("allow").value_or("");
    }
    return {};
  }
  int status = 0;
  std::string body;
  std::string allow;
};

Sent answer(App& app, Scope& scope) {
  Pieces pieces({""});
  Sent sent;
  TestLoop loop;
  loop.run_until_complete([](App& a, Scope& s, Receive& r, Send& to) -> Task<> {
    co_await a(s, r, to);
  }(app, scope, pieces, sent));
  return sent;
}

}  // namespace

TEST_CASE("an address of a route names the server where the client does not") {
  App app;
  app.get("/here", []() -> Task<> { co_return; }, {.name = "here"});
  struct {
    std::string_view scheme, host;
    int port;
    std::string_view url;
  } const cases[] = {
      {"http", "192.0.2.1", 80, "http://192.0.2.1/here"},
      {"http", "192.0.2.1", 8000, "http://192.0.2.1:8000/here"},
      {"https", "192.0.2.1", 443, "https://192.0.2.1/here"},
      {"https", "2001:db8::1", 8443, "https://[2001:db8::1]:8443/here"},
      {"http", "", 0, "/here"},
  };
  for (const auto& [scheme, host, port, url] : cases) {
    Pieces pieces({""});
    Scope scope;
    scope.app = &app;
    scope.scheme = scheme;
    scope.server_host = host;
    scope.server_port = port;
    scope.owner = &pieces;
    const RequestReference request(new Request(scope, pieces));
    CHECK(request->url_for("here") == url);
  }
}

TEST_CASE("a request tells its own address, and that of its application") {
  struct {
    Scope::Type type;
    std::string_view scheme, host, raw_path, query, root_path;
    std::string_view url, base_url;
  } const cases[] = {
      {Scope::Type::kHttp, "http", "example.org", "/a%20b", "q=1&q=%202", "",
       "http://example.org/a%20b?q=1&q=%202", "http://example.org/"},
      {Scope::Type::kHttp, "https", "example.org:8443", "/api/items", "", "/api",
       "https://example.org:8443/api/items", "https://example.org:8443/api/"},
      {Scope::Type::kWebSocket, "wss", "example.org", "/chat", "", "", "wss://example.org/chat",
       "wss://example.org/"},
      {Scope::Type::kHttp, "http", "", "/items", "q=1", "", "/items?q=1", "/"},
  };
  for (const auto& row : cases) {
    Pieces pieces({""});
    Scope scope;
    scope.type = row.type;
    scope.scheme = row.scheme;
    scope.raw_path = row.raw_path;
    scope.query_string = row.query;
    scope.root_path = row.root_path;
    scope.server_host = "/run/items.sock";
    scope.owner = &pieces;
    if (!row.host.empty()) scope.headers.append("host", row.host);
    const RequestReference request(new Request(scope, pieces));
    CHECK(request->url() == row.url);
    CHECK(request->base_url() == row.base_url);
  }
}

TEST_CASE("a websocket's address begins with ws, a route's with http, whoever asks") {
  App app;
  app.get("/page", []() -> Task<> { co_return; }, {.name = "page"});
  app.websocket("/chat", [](WebSocket&) -> Task<> { co_return; }, {.name = "chat"});
  const std::pair<std::string_view, std::string_view> schemes[] = {
      {"http", ""}, {"ws", ""}, {"https", "s"}, {"wss", "s"}};
  for (const auto& [scheme, secure] : schemes) {
    Pieces pieces({""});
    Scope scope;
    scope.app = &app;
    scope.scheme = scheme;
    scope.server_host = "192.0.2.1";
    scope.owner = &pieces;
    const RequestReference request(new Request(scope, pieces));
    CHECK(request->url_for("page") == "http" + std::string(secure) + "://192.0.2.1/page");
    CHECK(request->url_for("chat") == "ws" + std::string(secure) + "://192.0.2.1/chat");
  }
}

TEST_CASE("a body is streamed in the pieces in which it comes") {
  Pieces pieces({"one", "", "two"});
  pieces.trailers.append("x-sum", "7");
  pieces.has_trailers = true;
  with_request(pieces, [](Request& request) -> Task<> {
    std::string seen;
    auto stream = request.stream();
    while (const auto piece = co_await stream.next()) seen += std::string(*piece) + ".";
    CHECK(seen == "one.two.");
    REQUIRE(request.trailers());
    CHECK(request.trailers()->get("x-sum") == "7");
  });
}

TEST_CASE("what was streamed cannot be read again") {
  Pieces pieces({"one"});
  with_request(pieces, [](Request& request) -> Task<> {
    auto stream = request.stream();
    while (co_await stream.next()) {
    }
    CHECK_THROWS_WITH_AS(co_await request.body(), "Stream consumed", std::runtime_error);
    auto again = request.stream();
    CHECK_THROWS_WITH_AS(co_await again.next(), "Stream consumed", std::runtime_error);
    CHECK_FALSE(request.trailers());
  });
}

TEST_CASE("a body that was read can be read and streamed again") {
  Pieces pieces({"one", "two"});
  with_request(pieces, [](Request& request) -> Task<> {
    CHECK(co_await request.body() == "onetwo");
    CHECK(co_await request.body() == "onetwo");
    auto stream = request.stream();
    CHECK(co_await stream.next() == "onetwo");
    CHECK_FALSE(co_await stream.next());
  });
}

TEST_CASE("a client that leaves within its body is an exception, and known") {
  Pieces pieces({"half"});
  pieces.ends = false;
  with_request(pieces, [](Request& request) -> Task<> {
    CHECK_FALSE(co_await request.is_disconnected());
    CHECK_THROWS_AS(co_await request.body(), ClientDisconnect);
    CHECK(co_await request.is_disconnected());
  });
}

TEST_CASE("a body of any depth is read as JSON or refused") {
  Pieces good({R"({"a")", ":1}"});
  with_request(good, [](Request& request) -> Task<> {
    const nlohmann::json value = co_await request.json();
    CHECK(value == nlohmann::json{{"a", 1}});
  });
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& text : {deep, std::string("18446744073709551616")}) {
    Pieces bad({text});
    with_request(bad, [](Request& request) -> Task<> {
      CHECK_THROWS_AS(co_await request.json(), nlohmann::json::parse_error);
    });
  }
}

TEST_CASE("a route's timeout answers for its handler") {
  App app;
  app.get("/slow",
          []() -> Task<Response> {
            co_await sleep(10s);
            co_return PlainTextResponse("late");
          },
          {.timeout = 2s});
  app.get("/fast", []() -> Task<Response> { co_return PlainTextResponse("here"); },
          {.timeout = 2s});
  app.get("/own", []() -> Task<Response> {
    co_await wait_for(sleep(5s), 1s);
    co_return PlainTextResponse("never");
  });
  Scope slow;
  slow.path = slow.raw_path = "/slow";
  const Sent late = answer(app, slow);
  CHECK(late.status == 504);
  CHECK(late.body == R"({"detail":"Gateway Timeout"})");
  Scope fast;
  fast.path = fast.raw_path = "/fast";
  CHECK(answer(app, fast).body == "here");
  Scope own;
  own.path = own.raw_path = "/own";
  CHECK_THROWS_AS(answer(app, own), TimeoutError);
}

TEST_CASE("OPTIONS * is answered for the server as a whole") {
  App app;
  app.options("/{path:path}", []() -> Task<Response> { co_return Response(500); });
  Scope scope;
  scope.method = Method::kOptions;
  scope.path = scope.raw_path = "*";
  const Sent sent = answer(app, scope);
  CHECK(sent.status == 204);
  CHECK(sent.allow == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
}
