// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "test_client.hpp"

using namespace capricorn;
using capricorn::test::TestClient;

namespace {

std::vector<std::string> order;
Task<> of_app() {
  order.push_back("app");
  co_return;
}
Task<> of_include() {
  order.push_back("include");
  co_return;
}
Task<> of_router() {
  order.push_back("router");
  co_return;
}
Task<> of_route(Depends<of_router>) {
  order.push_back("route");
  co_return;
}
Task<int> of_handler() {
  order.push_back("handler");
  co_return 1;
}
Task<> only_with_token(Header<std::string, "x-token"> token) {
  if (*token != "secret") throw HTTPException(400, "X-Token header invalid");
  co_return;
}

std::string url(const App& app, std::string_view name) { return app.url_path_for(name); }

}  // namespace

TEST_CASE("a router's routes stand behind its prefix and that of include_router") {
  APIRouter items({.prefix = "/items"});
  items.get("", []() -> Task<std::string> { co_return "all"; });
  items.get("/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
  APIRouter api({.prefix = "/api"});
  api.include_router(items, {.prefix = "/shop"});
  App app;
  app.include_router(api).include_router(items);
  TestClient client(app);
  CHECK(client.get("/api/shop/items").body == "\"all\"");
  CHECK(client.get("/api/shop/items/7").body == "7");
  CHECK(client.get("/items/8").body == "8");
  CHECK(client.get("/items/8").route == "/items/{id}");
  CHECK(client.get("/shop/items").status == 404);
}

TEST_CASE("a handler reads the names of a prefix, and misses none") {
  APIRouter items({.prefix = "/users/{user}"});
  items.get("/items/{id}",
            [](Path<std::string, "user"> user, Path<int, "id"> id) -> Task<std::string> {
              co_return *user + std::to_string(*id);
            });
  App app;
  app.include_router(items);
  TestClient client(app);
  CHECK(client.get("/users/ann/items/3").body == "\"ann3\"");
  APIRouter bare;
  bare.get("/items/{id}",
           [](Path<std::string, "user">, Path<int, "id"> id) -> Task<int> { co_return *id; });
  CHECK_THROWS_WITH_AS(
      app.include_router(bare),
      "\"/items/{id}\": a Path parameter of the handler is not in the route pattern",
      std::invalid_argument);
}

TEST_CASE("prefixes that cannot be are refused as FastAPI refuses them") {
  CHECK_THROWS_WITH_AS(APIRouter({.prefix = "items"}), "A path prefix must start with '/'",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(APIRouter({.prefix = "/items/"}),
                       "A path prefix must not end with '/', as the routes will start with '/'",
                       std::invalid_argument);
  APIRouter root;
  root.get("", []() -> Task<int> { co_return 1; });
  App app;
  CHECK_THROWS_WITH_AS(app.include_router(root), "Prefix and path cannot be both empty",
                       std::invalid_argument);
}

TEST_CASE("dependencies run from the application to the handler, each once") {
  APIRouter router({.dependencies = dependencies<of_router>()});
  router.get("/", [](Depends<of_handler> value) -> Task<int> { co_return *value; },
             {.dependencies = dependencies<of_route>()});
  App app({.dependencies = dependencies<of_app>()});
  app.include_router(router, {.dependencies = dependencies<of_include>()});
  TestClient client(app);
  order.clear();
  CHECK(client.get("/").body == "1");
  CHECK(order == std::vector<std::string>{"app", "include", "router", "route", "handler"});
}

TEST_CASE("a router's dependency refuses a request before its handler sees it") {
  bool called = false;
  APIRouter router({.prefix = "/admin", .dependencies = dependencies<only_with_token>()});
  router.post("/", [&]() -> Task<> {
    called = true;
    co_return;
  });
  App app;
  app.include_router(router);
  TestClient client(app);
  CHECK(client({.method = "POST", .target = "/admin/", .headers = {{"x-token", "no"}}}).status ==
        400);
  CHECK(client({.method = "POST", .target = "/admin/"}).status == 422);
  CHECK(!called);
  CHECK(
      client({.method = "POST", .target = "/admin/", .headers = {{"x-token", "secret"}}}).status ==
      200);
  CHECK(called);
}

TEST_CASE("what routers say of their routes comes together") {
  APIRouter router({.prefix = "/items",
                    .tags = {"items"},
                    .responses = {{404, {"Not here"}}, {410, {"Gone"}}},
                    .deprecated = true});
  router.get("/", []() -> Task<int> { co_return 1; },
             {.tags = {"own"}, .responses = {{404, {"Own"}}}});
  App app({.responses = {{418, {"Teapot"}}}});
  app.include_router(router, {.tags = {"v1"}, .include_in_schema = false});
  const APIRoute& route = *app.routes().back();
  CHECK(route.pattern == "/items/");
  CHECK(route.options.tags == std::vector<std::string>{"v1", "items", "own"});
  CHECK(route.options.deprecated);
  CHECK(!route.options.include_in_schema);
  std::string responses;
  for (const auto& [key, response] : route.options.responses) {
    responses += key.text() + "=" + response.description + " ";
  }
  CHECK(responses == "404=Own 410=Gone 418=Teapot ");
}

TEST_CASE("what was declared first wins, also across include_router") {
  APIRouter router;
  router.get("/users/{name}", [](Path<std::string, "name">) -> Task<int> { co_return 1; });
  App first;
  first.get("/users/me", []() -> Task<int> { co_return 2; });
  first.include_router(router);
  App last;
  last.include_router(router);
  last.get("/users/me", []() -> Task<int> { co_return 2; });
  CHECK(TestClient(first).get("/users/me").body == "2");
  CHECK(TestClient(last).get("/users/me").body == "1");
}

TEST_CASE("a websocket of a router has its prefix and its dependencies") {
  APIRouter router({.prefix = "/ws", .dependencies = dependencies<of_router>()});
  router.websocket(
      "/{room}",
      [](WebSocket& socket, Path<std::string, "room">) -> Task<> { co_await socket.accept(); },
      {.name = "room"});
  App app;
  app.include_router(router);
  CHECK(app.url_path_for("room", {{"room", "a b"}}) == "/ws/a%20b");
}

TEST_CASE("the path of a route is found by its name") {
  App app;
  app.get("/items/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; },
          {.name = "read_item"});
  app.get("/files/{path:path}",
          [](Path<std::string, "path"> path) -> Task<std::string> { co_return *path; },
          {.name = "read_file"});
  app.get("/here", [](Request& request) -> Task<std::string> {
    co_return request.url_for("read_item", {{"id", "5"}});
  });
  CHECK(app.url_path_for("read_item", {{"id", "5/6"}}) == "/items/5%2F6");
  CHECK(app.url_path_for("read_file", {{"path", "a/b c"}}) == "/files/a/b%20c");
  CHECK_THROWS_WITH_AS(url(app, "read_item"),
                       "No route exists for name \"read_item\" and params \"\".", NoMatchFound);
  CHECK_THROWS_WITH_AS(app.url_path_for("other", {{"a", "1"}, {"b", "2"}}),
                       "No route exists for name \"other\" and params \"a, b\".", NoMatchFound);
  TestClient client(app);
  CHECK(client({.method = "GET", .target = "/here", .headers = {{"host", "shop.example"}}}).body ==
        "\"http://shop.example/items/5\"");
}

TEST_CASE("a slash too few or too many is a redirect with the query kept") {
  App app;
  app.get("/with/", []() -> Task<int> { co_return 1; });
  app.post("/without", []() -> Task<int> { co_return 1; });
  TestClient client(app);
  CHECK(client.get("/with?a=1").status == 307);
  CHECK(client.get("/with?a=1").header("location") == "/with/?a=1");
  CHECK(client({.method = "POST", .target = "/without/"}).header("location") == "/without");
  CHECK(client.get("/neither/").status == 404);
  App strict({.redirect_slashes = false});
  strict.get("/with/", []() -> Task<int> { co_return 1; });
  CHECK(TestClient(strict).get("/with").status == 404);
}
