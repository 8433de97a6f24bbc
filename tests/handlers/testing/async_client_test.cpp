// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <atomic>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "echo_app.hpp"

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("cookies are kept and sent back where they belong") {
  App app;
  app.get("/set", [](Query<std::string, "path", Default{"/"}> path) -> Task<Response> {
    Response response = PlainTextResponse("");
    response.set_cookie("a", "1 2", {.max_age = 10s, .path = *path});
    response.set_cookie("s", "x", {.secure = true});
    response.set_cookie("d", "y", {.domain = "other.example"});
    co_return response;
  });
  app.get("/forget", []() -> Task<Response> {
    Response response = PlainTextResponse("");
    response.delete_cookie("a");
    co_return response;
  });
  app.get("/{p:path}", [](Path<std::string, "p">, Request& request) -> Task<std::string> {
    co_return std::string(request.headers().get("cookie").value_or("none"));
  });
  TestClient client(app, {.virtual_clock = true});
  const TestResponse set = client.get("/set");
  CHECK(set.cookies.get("a") == "1 2");
  CHECK(set.cookies.size() == 1);
  CHECK(client.cookies().get("a") == "1 2");
  CHECK(client.get("/x").json() == R"(a="1 2")");
  CHECK(client.get("/x", {.cookies = {{"b", "2"}}}).json() == R"(a="1 2"; b=2)");
  CHECK(client.get("/x", {.headers = {{"cookie", "mine=1"}}}).json() == "mine=1");
  CHECK(client.get("/x").json() == R"(a="1 2")");
  CHECK(client.get("http://else.example/x").json() == "none");
  client.cookies().set("any", "3");
  CHECK(client.get("http://else.example/x").json() == "any=3");
  client.cookies().remove("any");
  client.get("/forget");
  CHECK(client.get("/x").json() == "none");
  client.get("/set?path=/x");
  CHECK(client.get("/x/y").json() == R"(a="1 2")");
  CHECK(client.get("/xy").json() == "none");
  client.advance(9s);
  CHECK(client.get("/x").json() == R"(a="1 2")");
  client.advance(1s);
  CHECK(client.get("/x").json() == "none");
}

TEST_CASE("redirects are followed as a browser does") {
  App app;
  app.get("/start", [](Query<int, "status", Default{307}> status) -> Task<Response> {
    Response response = RedirectResponse("/end?x=1", *status);
    response.set_cookie("c", "1");
    co_return response;
  });
  app.post("/start", [](Query<int, "status", Default{307}> status) -> Task<Response> {
    co_return RedirectResponse("end", *status);
  });
  app.get("/away", []() -> Task<Response> { co_return RedirectResponse("http://b.example/end"); });
  app.get("/round", []() -> Task<Response> { co_return RedirectResponse("/round"); });
  app.api_route("/end", 0xffff, [](Request& request) -> Task<json> {
    json out = told(request);
    out["body"] = std::string(co_await request.body());
    co_return out;
  });
  TestClient client(app);
  const TestResponse response = client.get("/start");
  CHECK(response.url == "http://testserver/end?x=1");
  REQUIRE(response.history.size() == 1);
  CHECK(response.history[0].status_code == 307);
  CHECK(response.history[0].url == "http://testserver/start");
  CHECK(header_of(response.json(), "cookie") == "c=1");
  CHECK(client.post("/start", {.content = "b"}).json()["body"] == "b");
  const json turned = client.post("/start?status=303", {.json = 1}).json();
  CHECK(turned["method"] == "GET");
  CHECK(turned["body"] == "");
  CHECK(header_of(turned, "content-type") == json::array());
  CHECK(client.post("/start?status=308").json()["method"] == "POST");
  CHECK(client.post("/start?status=301").json()["method"] == "GET");
  const TestResponse stays = client.get("/start", {.follow_redirects = false});
  CHECK(stays.status_code == 307);
  CHECK(stays.is_redirect());
  CHECK_THROWS_AS(stays.raise_for_status(), HTTPStatusError);
  const json away = client.get("/away", {.auth = BasicAuth{"me", "secret"}}).json();
  CHECK(header_of(away, "host") == "b.example");
  CHECK(header_of(away, "authorization") == json::array());
  CHECK_THROWS_WITH_AS(client.get("/round"), "Exceeded maximum allowed redirects.",
                       std::runtime_error);
  TestClient still(app, {.follow_redirects = false});
  CHECK(still.get("/start").status_code == 307);
  CHECK(still.get("/start", {.follow_redirects = true}).status_code == 200);
}

TEST_CASE("an async test has an AsyncClient on its own loop") {
  App app;
  std::string trace;
  app.on_startup([&] { trace += "up;"; });
  app.on_shutdown([&] { trace += "down;"; });
  app.get("/{id}", [](Path<int, "id"> id) -> Task<int> {
    co_await sleep(1s);
    co_return *id;
  });
  app.websocket("/ws", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (auto text = co_await socket.receive_text()) co_await socket.send_text(*text);
  });
  TestLoop loop;
  const TimePoint begin = loop.time();
  loop.run_until_complete([](App& of, const std::string& seen) -> Task<> {
    AsyncClient client(of);
    co_await client.startup();
    CHECK(seen == "up;");
    auto [one, two] = co_await gather(client.get("/1"), client.get("/2"));
    CHECK(one.text() == "1");
    CHECK(two.text() == "2");
    AsyncWebSocket socket = co_await client.websocket_connect("/ws");
    socket.send_text("x");
    CHECK(co_await socket.receive_text() == "x");
    co_await socket.close();
    co_await client.shutdown();
  }(app, trace));
  CHECK(trace == "up;down;");
  CHECK(loop.time() - begin == 1s);
  CHECK_THROWS_AS(loop.run_until_complete([](App& of) -> Task<> {
    TestClient client(of);
    co_return;
  }(app)),
                  RuntimeError);
}

TEST_CASE("a job that outlives its request keeps what it sees, and is waited for") {
  App app;
  std::atomic<bool> began = false;
  std::atomic<bool> go = false;
  std::string seen;
  app.get("/", [&](Request& request) {
    began = true;
    while (!go) std::this_thread::yield();
    seen = request.path();
  });
  Loop loop;
  loop.run_until_complete([](App& of, std::atomic<bool>& ran, std::atomic<bool>& on) -> Task<> {
    AsyncClient client(of);
    auto asking = create_task(client.get("/"));
    while (!ran) co_await sleep(1ms);
    asking.cancel();
    CHECK_THROWS_AS(co_await asking, CancelledError);
    on = true;
    co_await client.shutdown();
  }(app, began, go));
  CHECK(seen == "/");
}
