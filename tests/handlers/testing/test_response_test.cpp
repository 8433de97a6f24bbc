// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "echo_app.hpp"

using namespace capricorn;
using namespace capricorn::test;
using nlohmann::json;

TEST_CASE("a response tells all that the client got") {
  App app;
  app.get("/items/{id}", [](Path<int, "id"> id) -> Task<Response> {
    Response response = JSONResponse(Item{.name = "n", .price = 2.0, .tags = {}}, *id);
    response.headers().append("x-a", "1");
    response.headers().append("x-a", "2");
    co_return response;
  });
  TestClient client(app);
  const TestResponse made = client.get("/items/201?q=1");
  CHECK(made.status_code == 201);
  CHECK(made.reason_phrase() == "Created");
  CHECK(made.is_success());
  CHECK(&made.raise_for_status() == &made);
  CHECK(made.url == "http://testserver/items/201?q=1");
  CHECK(made.route == "/items/{id}");
  CHECK(made.header("X-A") == "1");
  CHECK(made.header("content-length") == "34");
  CHECK(made.headers.get("content-type") == "application/json");
  CHECK(made.text() == R"({"name":"n","price":2.0,"tags":[]})");
  CHECK(made.json()["price"] == 2.0);
  CHECK(made.json<Item>().name == "n");
  CHECK_THROWS_AS(made.json<std::vector<int>>(), std::invalid_argument);
  const TestResponse missing = client.get("/none");
  CHECK(missing.is_client_error());
  CHECK_THROWS_WITH_AS(missing.raise_for_status(),
                       "Client error '404 Not Found' for url 'http://testserver/none'",
                       HTTPStatusError);
  CHECK_THROWS_WITH_AS(client.get("/items/503").raise_for_status(),
                       "Server error '503 Service Unavailable' for url "
                       "'http://testserver/items/503'",
                       HTTPStatusError);
}

TEST_CASE("a compressed answer is decoded, and its bytes are kept") {
  App app;
  app.get("/", []() -> Task<Response> { co_return PlainTextResponse(std::string(5000, 'a')); });
  Compression compressed(std::move(app));
  TestClient client(compressed);
  const TestResponse response = client.get("/");
  CHECK(response.header("content-encoding") == "zstd");
  CHECK(response.text() == std::string(5000, 'a'));
  CHECK(response.raw_content().size() < 200);
  App broken;
  broken.get("/", []() -> Task<Response> {
    Response plain = PlainTextResponse("plain");
    plain.headers().append("content-encoding", "gzip");
    co_return plain;
  });
  const TestResponse undecodable = TestClient(broken).get("/");
  CHECK(undecodable.raw_content() == "plain");
  CHECK_THROWS_AS(undecodable.text(), std::runtime_error);
  auto stream = client.stream("GET", "/", {.headers = {{"accept-encoding", "br"}}});
  CHECK(stream.headers().get("content-encoding") == "br");
  CHECK(stream.read() == std::string(5000, 'a'));
}

TEST_CASE("what the application throws is the test's, or a 500") {
  App app;
  app.get("/loop", []() -> Task<> {
    throw std::out_of_range("loop");
    co_return;
  });
  app.get("/pool", []() -> int { throw std::out_of_range("pool"); });
  app.get("/fine", []() -> int { return 1; });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/loop"), "loop", std::out_of_range);
  CHECK_THROWS_WITH_AS(client.get("/pool"), "pool", std::out_of_range);
  CHECK(client.get("/fine").text() == "1");
  TestClient quiet(app, {.raise_server_exceptions = false});
  const TestResponse response = quiet.get("/loop");
  CHECK(response.status_code == 500);
  CHECK(response.text() == "Internal Server Error");
}

TEST_CASE("an application that breaks the protocol is told so as by a server") {
  const Headers headers;
  const auto play = [](auto call) {
    Raw app(std::move(call));
    return TestClient(app, {.lifespan = false}).get("/");
  };
  CHECK_THROWS_WITH_AS(play([](Scope&, Receive&, Send&) -> Task<> { co_return; }),
                       "Application returned without starting response.", std::logic_error);
  CHECK_THROWS_WITH_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                         co_await send(ResponseStart{200, headers});
                       }),
                       "Application returned without completing response.", std::logic_error);
  CHECK_THROWS_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                    co_await send(ResponseBody{"x", false});
                  }),
                  std::logic_error);
  CHECK_THROWS_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                    const Headers length{{"content-length", "2"}};
                    co_await send(WholeResponse{200, length, "abc"});
                  }),
                  std::runtime_error);
  CHECK_THROWS_AS(play([&](Scope&, Receive&, Send& send) -> Task<> {
                    co_await send(WebSocketSend{"x", true});
                  }),
                  std::logic_error);
  const TestResponse hinted = play([&](Scope&, Receive&, Send& send) -> Task<> {
    const Headers link{{"link", "</a.css>"}};
    co_await send(EarlyHints{link});
    co_await send(WholeResponse{200, headers, "x"});
  });
  CHECK(hinted.early_hints.size() == 1);
  CHECK(hinted.early_hints[0].get("link") == "</a.css>");
}
