// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace capricorn;

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

TEST_CASE("a mount has addresses by its name, and its routes by theirs behind it") {
  App shop;
  shop.get("/items/{id}", [](Path<int, "id"> id) { return *id; }, {.name = "read_item"});
  App plain;
  plain.get("/about/{page:path}", [](Path<std::string, "page"> page) { return *page; },
            {.name = "about"});
  App app;
  app.mount("/shop/", std::move(shop), "shop");
  app.mount("/plain", std::move(plain));
  app.mount("/files/{tenant}", App(), "files");
  APIRouter router({.prefix = "/assets"});
  router.mount("/css", App(), "css");
  app.include_router(router);
  CHECK(app.url_path_for("shop", {{"path", "/a b.css"}}) == "/shop/a%20b.css");
  CHECK(app.url_path_for("shop", {{"path", "//evil.example"}}) == "/shop/evil.example");
  CHECK(app.url_path_for("shop:read_item", {{"id", "5"}}) == "/shop/items/5");
  CHECK(app.url_path_for("about", {{"page", "a/b"}}) == "/plain/about/a/b");
  CHECK(app.url_path_for("files", {{"path", "a"}, {"tenant", "x/y"}}) == "/files/x%2Fy/a");
  CHECK(app.url_path_for("css", {{"path", "a.css"}}) == "/assets/css/a.css");
  for (const char* name : {"read_item", "shop:", "shop", "files", "shop:about"}) {
    CHECK_THROWS_AS(app.url_path_for(name, {{"id", "5"}}), NoMatchFound);
  }
}

TEST_CASE("a router's routes stand behind its prefix and that of include_router") {
  APIRouter items({.prefix = "/items"});
  items.get("", []() -> Task<std::string> { co_return "all"; });
  items.get("/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
  APIRouter api({.prefix = "/api"});
  api.include_router(items, {.prefix = "/shop"});
  App app;
  app.include_router(api).include_router(items);
  TestClient client(app);
  CHECK(client.get("/api/shop/items").text() == "\"all\"");
  CHECK(client.get("/api/shop/items/7").text() == "7");
  CHECK(client.get("/items/8").text() == "8");
  CHECK(client.get("/items/8").route == "/items/{id}");
  CHECK(client.get("/shop/items").status_code == 404);
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
  CHECK(client.get("/users/ann/items/3").text() == "\"ann3\"");
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
  CHECK(client.get("/").text() == "1");
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
  CHECK(client.post("/admin/", {.headers = {{"x-token", "no"}}}).status_code == 400);
  CHECK(client.post("/admin/").status_code == 422);
  CHECK(!called);
  CHECK(client.post("/admin/", {.headers = {{"x-token", "secret"}}}).status_code == 200);
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
  CHECK(TestClient(first).get("/users/me").text() == "2");
  CHECK(TestClient(last).get("/users/me").text() == "1");
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
  app.get("/{path:path}",
          [](Path<std::string, "path"> path) -> Task<std::string> { co_return *path; },
          {.name = "read_any"});
  const std::string own = app.url_path_for("read_any", {{"path", "/evil.example/a"}});
  CHECK(own == "/%2Fevil.example/a");  // and no address of another site
  CHECK(TestClient(app).get(own).text() == "\"/evil.example/a\"");
  CHECK_THROWS_WITH_AS(url(app, "read_item"),
                       "No route exists for name \"read_item\" and params \"\".", NoMatchFound);
  CHECK_THROWS_WITH_AS(app.url_path_for("other", {{"a", "1"}, {"b", "2"}}),
                       "No route exists for name \"other\" and params \"a, b\".", NoMatchFound);
  TestClient client(app);
  CHECK(client.get("/here", {.headers = {{"host", "shop.example"}}}).text() ==
        "\"http://shop.example/items/5\"");
}

TEST_CASE("a slash too few or too many is a redirect with the query kept") {
  App app;
  app.get("/with/", []() -> Task<int> { co_return 1; });
  app.post("/without", []() -> Task<int> { co_return 1; });
  TestClient client(app, {.follow_redirects = false});
  CHECK(client.get("/with?a=1").status_code == 307);
  CHECK(client.get("/with?a=1").header("location") == "/with/?a=1");
  CHECK(client.post("/without/").header("location") == "/without");
  CHECK(client.get("/neither/").status_code == 404);
  App strict({.redirect_slashes = false});
  strict.get("/with/", []() -> Task<int> { co_return 1; });
  CHECK(TestClient(strict).get("/with").status_code == 404);
  strict.mount("/inner", App());
  CHECK(TestClient(strict, {.follow_redirects = false}).get("/inner").status_code == 404);
}

TEST_CASE("a mount's prefix alone is a route's, wherever that was declared") {
  App inner;
  inner.get("/", []() -> Task<std::string> { co_return "inner"; });
  App app;
  app.mount("/admin", std::move(inner));
  app.mount("/{tenant}", App());
  app.get("/admin", []() -> Task<std::string> { co_return "login"; });
  app.get("/{page}", [](Path<std::string, "page"> page) -> Task<std::string> { co_return *page; });
  TestClient client(app, {.follow_redirects = false});
  CHECK(client.get("/admin").text() == "\"login\"");
  CHECK(client.get("/admin/").text() == "\"inner\"");
  CHECK(client.post("/admin").status_code == 405);
  CHECK(client.get("/about").text() == "\"about\"");
  CHECK(client.get("/about/").status_code == 404);
}

TEST_CASE("a mount takes what another's prefix alone does not") {
  App front;
  front.get("/api", []() -> Task<std::string> { co_return "page"; });
  App app;
  app.mount("/api", App());
  App both;
  both.mount("/api", App());
  both.mount("/", std::move(front));
  CHECK(TestClient(app, {.follow_redirects = false}).get("/api").header("location") == "/api/");
  CHECK(TestClient(both).get("/api").text() == "\"page\"");
}

TEST_CASE("figures and logs call a route below mounts by its whole pattern") {
  const auto one = []() -> Task<int> { co_return 1; };
  App innermost;
  innermost.get("/{id}", [](Path<int, "id"> id) -> Task<int> { co_return *id; });
  App inner;
  inner.get("/", one);
  inner.mount("/deep/", std::move(innermost));
  App app;
  app.get("/", one);
  app.mount("/shops/{shop}", std::move(inner));
  TestClient client(app);
  CHECK(client.get("/").route == "/");
  CHECK(client.get("/shops/7/").route == "/shops/{shop}/");
  CHECK(client.get("/shops/7/deep/1").route == "/shops/{shop}/deep/{id}");
  CHECK(client.get("/shops/7/deep/1/2").route == "/shops/{shop}/deep");
}

namespace {

App counting(int& hits) {
  App app;
  app.get("/count", [&hits]() -> Task<int> { co_return ++hits; });
  app.get("/where", [](Request& request) -> Task<std::string> {
    co_return std::string(request.scope().root_path);
  });
  return app;
}

}  // namespace

TEST_CASE("a router carries its mounts, below its own prefix and that of its place") {
  int hits = 0;
  APIRouter router({.prefix = "/api"});
  router.mount("/inner", counting(hits));
  APIRouter outer;
  outer.include_router(router, {.prefix = "/v1"});
  App app;
  app.include_router(outer, {.prefix = "/shop"});
  app.include_router(router);
  TestClient client(app);
  CHECK(client.get("/shop/v1/api/inner/where").text() == "\"/shop/v1/api/inner\"");
  CHECK(client.get("/api/inner/where").text() == "\"/api/inner\"");
  CHECK(client.get("/inner/where").status_code == 404);
  CHECK(client.get("/shop/v1/api/inner/count").text() == "1");
  CHECK(client.get("/api/inner/count").text() == "2");  // of the same application
  CHECK(app.routes().size() == App().routes().size());
}

TEST_CASE("a router's mounts and routes win in the order of their declaration") {
  int hits = 0;
  APIRouter router;
  router.get("/a/count", []() -> Task<std::string> { co_return "route"; });
  router.mount("/a", counting(hits));
  router.get("/a/where", []() -> Task<std::string> { co_return "late"; });
  App app;
  app.include_router(router);
  TestClient client(app);
  CHECK(client.get("/a/count").text() == "\"route\"");
  CHECK(client.get("/a/where").text() == "\"/a\"");
}

TEST_CASE("what a mount's prefix or a host has for a name is a path parameter of its application") {
  App inner;
  inner.get("/items/{id}",
            [](Path<int, "id"> id, Path<std::string, "tenant", FromMount{}> tenant,
               Path<int, "year", FromMount{}> year) -> Task<std::string> {
              co_return *tenant + std::to_string(*year) + ":" + std::to_string(*id);
            });
  inner.get("/names", [](Request& request) -> Task<std::string> {
    std::string names;
    for (const PathParam& param : request.path_params()) {
      names.append(param.name).append("=").append(param.value).append(";");
    }
    co_return names;
  });
  inner.get("/own/{year}", [](Path<int, "year"> year) -> Task<int> { co_return *year; });
  inner.websocket("/ws",
                  [](WebSocket& socket, Path<std::string, "tenant", FromMount{}> t) -> Task<> {
                    co_await socket.accept();
                    co_await socket.send_text(*t);
                  });
  APIRouter router({.prefix = "/of/{year}"});
  router.mount("/x-{part}", std::move(inner));
  App of_host;
  of_host.include_router(router);
  App app;
  app.host("{tenant}.example.org", std::move(of_host));
  TestClient client(app, {.headers = {{"host", "Acme.example.org:8000"}}});
  CHECK(client.get("/of/2026/x-1/items/7").text() == "\"Acme2026:7\"");
  CHECK(client.get("/of/2026/x-1/names").text() == "\"year=2026;part=1;tenant=Acme;\"");
  CHECK(client.get("/of/2026/x-1/own/3").text() == "3");
  CHECK(client.websocket_connect("/of/2026/x-1/ws").receive_text() == "Acme");
  CHECK(client.get("/of/2026/y-1/names").status_code == 404);
  CHECK(client.get("/of/2026").status_code == 404);
  CHECK(client.get("/of/now/x-1/items/7").json()["detail"][0]["loc"] ==
        nlohmann::json{"path", "year"});
}

TEST_CASE("a mount's prefix that cannot be is refused") {
  for (const char* prefix : {"a", "/{a", "/{rest:path}", "/{a}/{a}", "/{a:what}"}) {
    App app;
    CHECK_THROWS_AS(app.mount(prefix, App()), std::invalid_argument);
  }
}

TEST_CASE("more path parameters than a path may have fail the request, not the program") {
  App inner;
  inner.get("/{e}/{f}/{g}/{h}/{i}", [](Request&) -> Task<int> { co_return 1; });
  App app;
  app.mount("/{a}/{b}/{c}/{d}", std::move(inner));
  CHECK_THROWS_AS(TestClient(app).get("/1/2/3/4/5/6/7/8/9"), RuntimeError);
}
