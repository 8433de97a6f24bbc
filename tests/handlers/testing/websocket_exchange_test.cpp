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
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a websocket is talked to from a plain function") {
  App app;
  app.websocket("/rooms/{room}",
                [](WebSocket& socket, Path<std::string, "room"> room,
                   Query<int, "n", Default{1}> n) -> Task<> {
                  co_await socket.accept(socket.offers("chat") ? "chat" : "", {{"x-a", "1"}});
                  while (auto text = co_await socket.receive_text()) {
                    for (int i = 0; i < *n; ++i) co_await socket.send_text(*room + ": " + *text);
                  }
                });
  app.websocket("/json", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto value = co_await socket.receive_json()) {
      co_await socket.send_json(Item{.name = (*value)["name"], .price = 1, .tags = {}});
    }
  });
  app.websocket("/bytes", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto bytes = co_await socket.receive_bytes()) co_await socket.send_bytes(*bytes);
  });
  TestClient client(app);
  auto socket = client.websocket_connect("/rooms/blue?n=2", {.subprotocols = {"v1", "chat"}});
  CHECK(socket.accepted_subprotocol() == "chat");
  CHECK(socket.extra_headers().get("x-a") == "1");
  socket.send_text("a");
  CHECK(socket.receive_text() == "blue: a");
  CHECK(socket.receive_text() == "blue: a");
  auto second = client.websocket_connect("/json");
  second.send_json(json{{"name", "n"}});
  CHECK(second.receive_json()["name"] == "n");
  second.send_json(Item{.name = "m", .price = 0, .tags = {}});
  CHECK(second.receive_json<Item>().name == "m");
  auto third = client.websocket_connect("/bytes");
  third.send_bytes(std::string("\0\xff", 2));
  CHECK(third.receive_bytes() == std::string("\0\xff", 2));
  third.send_bytes("x");
  CHECK_THROWS_AS(third.receive_text(), std::runtime_error);
  socket.close();
  socket.close();
  CHECK_THROWS_AS(socket.send_text("late"), std::logic_error);
}

TEST_CASE("how a websocket ends is told both ways") {
  App app;
  int code = 0;
  std::string reason;
  app.websocket("/client", [&](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (co_await socket.receive_text()) {
    }
    code = socket.close_code();
    reason = socket.close_reason();
  });
  app.websocket("/server", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    co_await socket.send_text("last");
    co_await socket.close(4001, "enough");
  });
  app.websocket("/returns", [](WebSocket& socket) -> Task<> { co_await socket.accept(); });
  TestClient client(app);
  client.websocket_connect("/client").close(3000, "bye");
  CHECK(code == 3000);
  CHECK(reason == "bye");
  {
    const auto dropped = client.websocket_connect("/client");
  }
  client.advance(0s);
  CHECK(code == 1006);
  auto socket = client.websocket_connect("/server");
  CHECK(socket.receive_text() == "last");
  try {
    socket.receive_text();
    FAIL("it was closed");
  } catch (const WebSocketDisconnect& end) {
    CHECK(end.code == 4001);
    CHECK(end.reason == "enough");
  }
  CHECK_THROWS_AS(socket.send_text("x"), WebSocketDisconnect);
  auto returned = client.websocket_connect("/returns");
  CHECK_THROWS_AS(returned.receive_text(), WebSocketDisconnect);
}

TEST_CASE("a websocket that is refused says how") {
  App app;
  app.websocket("/typed/{id}",
                [](WebSocket& socket, Path<int, "id">) -> Task<> { co_await socket.accept(); });
  app.websocket("/closed", [](WebSocket&) -> Task<> {
    throw WebSocketException(4003, "no");
    co_return;
  });
  app.websocket("/denied", [](WebSocket&) -> Task<> {
    throw HTTPException(401, "who?", {{"www-authenticate", "Basic"}});
    co_return;
  });
  app.websocket("/fails", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    throw std::out_of_range("failed");
  });
  TestClient client(app);
  const auto code = [&](std::string url) {
    try {
      client.websocket_connect(std::move(url));
    } catch (const WebSocketDisconnect& end) {
      return end.code;
    }
    return 0;
  };
  CHECK(code("/typed/x") == 1008);
  CHECK(code("/typed/1") == 0);
  CHECK(code("/closed") == 4003);
  try {
    client.websocket_connect("/denied");
    FAIL("it was denied");
  } catch (const WebSocketDenialResponse& denial) {
    CHECK(denial.response->status_code == 401);
    CHECK(denial.response->header("www-authenticate") == "Basic");
    CHECK(denial.response->json() == json{{"detail", "who?"}});
  }
  auto fails = client.websocket_connect("/fails");
  CHECK_THROWS_WITH_AS(fails.receive_text(), "failed", std::out_of_range);
  TestClient quiet(app, {.raise_server_exceptions = false});
  auto broken = quiet.websocket_connect("/fails");
  CHECK_THROWS_AS(broken.receive_text(), WebSocketDisconnect);
  broken.close();
}

TEST_CASE("websockets of one client meet in the application") {
  App app;
  std::vector<WebSocket*> room;
  app.websocket("/", [&](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    room.push_back(&socket);
    while (auto text = co_await socket.receive_text()) {
      for (WebSocket* each : room) co_await each->send_text(*text);
    }
    std::erase(room, &socket);
  });
  app.websocket("/silent", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    co_await sleep(1h);
  });
  TestClient client(app, {.virtual_clock = true});
  auto one = client.websocket_connect("/");
  auto two = client.websocket_connect("/");
  one.send_text("hello");
  CHECK(two.receive_text() == "hello");
  CHECK(one.receive_text() == "hello");
  two.close();
  one.send_text("alone");
  CHECK(one.receive_text() == "alone");
  auto silent = client.websocket_connect("/silent", {.timeout = 5s});
  CHECK_THROWS_AS(silent.receive_text(), TimeoutError);
}
