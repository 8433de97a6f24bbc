// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/loop/throw_trace.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

using namespace capricorn;

namespace {

struct ShopError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct SoldOut : ShopError {
  using ShopError::ShopError;
};
struct Unknown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

App shop(bool derived_first) {
  App app;
  const auto base = [](Request&, const ShopError& error) -> Response {
    return PlainTextResponse(std::string("shop: ") + error.what(), 409);
  };
  const auto derived = [](Request& request, const SoldOut& error) -> Task<Response> {
    co_return PlainTextResponse(std::string(request.path()) + " sold out: " + error.what(), 410);
  };
  if (derived_first) {
    app.exception_handler<SoldOut>(derived).exception_handler<ShopError>(base);
  } else {
    app.exception_handler<ShopError>(base).exception_handler<SoldOut>(derived);
  }
  app.get("/shop", []() -> Task<int> {
    throw ShopError("closed");
    co_return 1;
  });
  app.get("/tea", []() -> int { throw SoldOut("tea"); });
  app.get("/bug", []() -> Task<int> {
    throw Unknown("secret of the house");
    co_return 1;
  });
  app.get("/items/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
  return app;
}

/// Answers and errors of one request.
struct Both {
  int status;
  std::string body;
  std::string thrown;
};
Both ask(App& app, std::string_view path, std::string_view accept = "*/*") {
  Both both{};
  Loop loop;
  Scope scope;
  scope.method_name = "GET";
  scope.path = scope.raw_path = path;
  scope.headers.append("accept", accept);
  struct None final : Receive {
    ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpRequest{{}, false}); }
  } receive;
  struct Keep final : Send {
    explicit Keep(Both& to) : both(to) {}
    ValueTask<void> operator()(const SendEvent& event) override {
      if (const auto* whole = std::get_if<WholeResponse>(&event)) {
        both.status = whole->status;
        both.body = whole->body;
      }
      return {};
    }
    Both& both;
  } send(both);
  try {
    loop.run_until_complete(app(scope, receive, send));
  } catch (const std::exception& error) {
    both.thrown = error.what();
  }
  return both;
}

}  // namespace

TEST_CASE("an exception is answered by the handler of its class, or of its base") {
  for (const bool derived_first : {true, false}) {
    App app = shop(derived_first);
    TestClient client(app);
    CHECK(client.get("/shop").status_code == 409);
    CHECK(client.get("/shop").text() == "shop: closed");
    CHECK(client.get("/tea").status_code == 410);
    CHECK(client.get("/tea").text() == "/tea sold out: tea");
    CHECK_THROWS_AS(client.get("/bug"), Unknown);
  }
}

TEST_CASE("a status has its handler, also the application's own 404 and 405") {
  App app = shop(true);
  app.exception_handler(404, [](Request& request, const HTTPException&) -> Response {
    return PlainTextResponse("no " + std::string(request.path()), 404);
  });
  app.exception_handler<HTTPException>([](Request&, const HTTPException& error) -> Response {
    Response response = PlainTextResponse(error.what(), error.status());
    for (const auto& [name, value] : error.headers()) response.headers().append(name, value);
    return response;
  });
  TestClient client(app);
  CHECK(client.get("/none").text() == "no /none");
  const auto refused = client.post("/tea");
  CHECK(refused.status_code == 405);
  CHECK(refused.text() == "Method Not Allowed");
  CHECK(refused.header("allow") == "GET, HEAD");
}

TEST_CASE("a validation error has its handler") {
  App app = shop(true);
  app.exception_handler<RequestValidationError>(
      [](Request&, const RequestValidationError& error) -> Response {
        return PlainTextResponse(error.errors().front().type, 400);
      });
  TestClient client(app);
  CHECK(client.get("/items/a").status_code == 400);
  CHECK(client.get("/items/a").text() == "int_parsing");
}

TEST_CASE("the handler of all errors answers, and the server still hears of it") {
  App app = shop(true);
  app.exception_handler<std::exception>(
      [](Request&, const std::exception&) -> Response { return PlainTextResponse("sorry", 500); });
  const Both both = ask(app, "/bug");
  CHECK(both.status == 500);
  CHECK(both.body == "sorry");
  CHECK(both.thrown == "secret of the house");
  App by_status = shop(true);
  by_status.exception_handler(500, [](Request&, const std::exception& error) -> Response {
    return PlainTextResponse(error.what(), 500);
  });
  CHECK(ask(by_status, "/bug").body == "secret of the house");
  CHECK(ask(by_status, "/shop").body == "shop: closed");
}

TEST_CASE("debug mode shows what was thrown, as HTML to a browser") {
  App app({.debug = true});
  app.get("/bug", []() -> Task<int> {
    try {
      throw std::logic_error("<inner>");
    } catch (...) {
      std::throw_with_nested(Unknown("outer"));
    }
    co_return 1;
  });
  const Both text = ask(app, "/bug");
  CHECK(text.status == 500);
  CHECK(text.body.find("Unknown: outer") != std::string::npos);
  CHECK(text.body.find("caused by std::logic_error: <inner>") != std::string::npos);
  CHECK(text.body.find("GET /bug") != std::string::npos);
  CHECK(text.thrown == "outer");
  const Both html = ask(app, "/bug", "text/html,*/*");
  CHECK(html.body.starts_with("<!doctype html>"));
  CHECK(html.body.find("&lt;inner&gt;") != std::string::npos);
  App quiet;
  quiet.get("/bug", []() -> Task<int> {
    throw Unknown("secret");
    co_return 1;
  });
  CHECK(ask(quiet, "/bug").body.empty());  // it is the server's to answer
}

// Of external linkage: its name is shown.
[[gnu::noinline]] Response loses_the_database() { throw std::runtime_error("no database"); }

TEST_CASE("debug mode shows where it was thrown, and no secrets of the request") {
  App app({.debug = true});
  app.get("/bug", []() -> Response { return loses_the_database(); });
  const auto ask_for = [&](std::string_view accept) {
    struct Wire final : Receive, Send {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpRequest{}); }
      ValueTask<void> operator()(const SendEvent& event) override {
        if (const auto* whole = std::get_if<WholeResponse>(&event)) page = whole->body;
        return {};
      }
      std::string page;
    } wire;
    Scope scope;
    scope.method = Method::kGet;
    scope.method_name = "GET";
    scope.path = scope.raw_path = "/bug";
    scope.query_string = "page=3&access_token=xyz";
    scope.headers.append("accept", accept);
    scope.headers.append("authorization", "Bearer xyz");
    scope.headers.append("cookie", "session=xyz");
    scope.headers.append("x-trace", "17");
    scope.headers.append("referer", "https://shop.example/reset?step=2&token=xyz");
    Loop loop;
    CHECK_THROWS_AS(loop.run_until_complete(app(scope, wire, wire)), std::runtime_error);
    return wire.page;
  };
  const std::string text = ask_for("*/*");
  const std::string html = ask_for("text/html");
  for (const std::string& page : {text, html}) {
    CHECK(page.contains("no database"));
    CHECK(page.contains("page=3"));
    CHECK(page.contains("access_token=********"));
    CHECK_FALSE(page.contains("xyz"));  // which no address has, as it might abc
    if (trace_throws()) CHECK(page.contains("loses_the_database()"));
  }
  CHECK(html.contains("<td>17</td>"));
  CHECK(html.contains("<td>https://shop.example/reset?step=2&amp;token=********</td>"));
}

TEST_CASE("a detail is any JSON") {
  struct Detail {
    int code;
    std::string hint;
  };
  App app;
  app.get("/model", []() -> Task<int> {
    throw HTTPException(409, Detail{7, "wait"}, {{"x-retry", "1"}});
    co_return 1;
  });
  app.get("/json", []() -> Task<int> {
    throw HTTPException(409, nlohmann::json{{"errors", {1, 2}}});
    co_return 1;
  });
  TestClient client(app);
  CHECK(client.get("/model").text() == R"({"detail":{"code":7,"hint":"wait"}})");
  CHECK(client.get("/model").header("x-retry") == "1");
  CHECK(client.get("/json").text() == R"({"detail":{"errors":[1,2]}})");
}
