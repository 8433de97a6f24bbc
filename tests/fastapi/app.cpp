// SPDX-License-Identifier: MIT
#include "app.hpp"

#include <capricorn/capricorn.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace capricorn;
using nlohmann::ordered_json;

namespace {

enum class Size { small, medium, large };

struct Image {
  std::string url;
  std::int64_t width = 100;
};

struct Item {
  Field<std::string, MinLength{2}, MaxLength{10}> name;
  Field<double, Gt{0}> price;
  std::optional<std::string> note;
  std::vector<std::string> tags;
  std::optional<Image> image;
  Size size = Size::small;
};

struct Deep {
  std::map<std::string, Item> items;
  std::vector<std::vector<std::int64_t>> matrix;
  bool on;
  Field<std::int64_t, Ge{0}, Le{10}, MultipleOf{2}> even;
};

struct Numbers {
  std::int64_t i;
  double f;
  bool b;
  std::string s;
};

void add_paths(App& app) {
  app.get("/", []() -> Task<ordered_json> { co_return ordered_json{{"hello", "world"}}; });
  app.get("/users/me", []() -> Task<std::string> { co_return "me"; });
  app.get("/users/{user_id}",
          [](Path<std::int64_t, "user_id"> id) -> Task<std::int64_t> { co_return *id; });
  app.get("/float/{x}", [](Path<double, "x"> x) -> Task<double> { co_return *x; });
  app.get("/bool/{x}", [](Path<bool, "x"> x) -> Task<bool> { co_return *x; });
  app.get("/str/{x}", [](Path<std::string, "x"> x) -> Task<std::string> { co_return *x; });
  app.get("/size/{size}", [](Path<Size, "size"> size) -> Task<Size> { co_return *size; });
  app.get("/files/{file_path:path}",
          [](Path<std::string, "file_path"> path) -> Task<std::string> { co_return *path; });
  app.get("/between/{n}",
          [](Path<std::int64_t, "n", Ge{1}, Le{100}> n) -> Task<std::int64_t> { co_return *n; });
  app.get("/inside/{x}", [](Path<double, "x", Gt{0}, Lt{2.5}> x) -> Task<double> { co_return *x; });
  app.get("/short/{s}",
          [](Path<std::string, "s", MinLength{2}, MaxLength{3}> s) -> Task<std::string> {
            co_return *s;
          });
  app.get(
      "/two/{a}/{b}",
      [](Path<std::int64_t, "a"> a, Path<std::int64_t, "b"> b) -> Task<std::vector<std::int64_t>> {
        co_return std::vector{*a, *b};
      });
  app.get("/slash/", []() -> Task<std::string> { co_return "slash"; });
  app.get("/no-slash", []() -> Task<std::string> { co_return "no slash"; });
}

void add_queries(App& app) {
  app.get("/query", [](Query<std::int64_t, "q"> q) -> Task<std::int64_t> { co_return *q; });
  app.get("/query/optional",
          [](Query<std::optional<std::int64_t>, "q"> q) -> Task<std::optional<std::int64_t>> {
            co_return *q;
          });
  app.get("/query/default",
          [](Query<std::int64_t, "q", Default{7}> q, Query<std::string, "s", Default{"text"}> s,
             Query<bool, "on", Default{false}> on,
             Query<double, "x", Default{1.5}> x) -> Task<ordered_json> {
            co_return ordered_json{*q, *s, *on, *x};
          });
  app.get("/query/list",
          [](Query<std::vector<std::int64_t>, "q"> q) -> Task<std::vector<std::int64_t>> {
            co_return *q;
          });
  app.get("/query/texts",
          [](Query<std::vector<std::string>, "q", MinLength{1}, MaxLength{2}> q)
              -> Task<std::vector<std::string>> { co_return *q; });
  app.get("/query/size", [](Query<std::optional<Size>, "size"> size) -> Task<Size> {
    co_return size->value_or(Size::medium);
  });
  app.get("/query/text",
          [](Query<std::string, "q", MinLength{3}, MaxLength{5}> q) -> Task<std::string> {
            co_return *q;
          });
  app.get("/query/many",
          [](Query<std::int64_t, "a"> a, Query<double, "b"> b, Query<bool, "c"> c,
             Query<Size, "d"> d, Query<std::string, "e"> e) -> Task<ordered_json> {
            constexpr const char* kSizes[] = {"small", "medium", "large"};
            co_return ordered_json{*a, *b, *c, kSizes[static_cast<int>(*d)], *e};
          });
  app.get("/query/step",
          [](Query<std::int64_t, "n", MultipleOf{5}, Default{0}> n,
             Query<double, "x", Ge{-1.5}, Le{1}, Default{0}> x) -> Task<ordered_json> {
            co_return ordered_json{*n, *x};
          });
}

void add_headers(App& app) {
  app.get("/header",
          [](Header<std::string, "x_token"> token) -> Task<std::string> { co_return *token; });
  app.get("/header/optional",
          [](Header<std::optional<std::int64_t>, "x_count"> count)
              -> Task<std::optional<std::int64_t>> { co_return *count; });
  app.get("/cookie",
          [](Cookie<std::string, "session"> session,
             Cookie<std::int64_t, "n", Ge{0}, Default{1}> n) -> Task<std::vector<std::string>> {
            co_return std::vector{*session, std::to_string(*n)};
          });
  app.get("/cookie/set", []() -> Task<Response> {
    Response response = PlainTextResponse("set");
    response.set_cookie("a", "1 2", {.max_age = std::chrono::seconds(60), .httponly = true});
    co_return response;
  });
}

void add_bodies(App& app) {
  app.post("/items", [](Body<Item> item) -> Task<Item> { co_return *item; }, {.status_code = 201});
  app.put("/items/{item_id}",
          [](Path<std::int64_t, "item_id", Ge{1}>, Body<Item> item,
             Query<std::optional<std::string>, "q">) -> Task<Item> { co_return *item; });
  app.delete_("/items/{item_id}",
              [](Path<std::int64_t, "item_id">) -> Task<Response> { co_return Response(204); });
  app.post("/deep", [](Body<Deep> body) -> Task<Deep> { co_return *body; });
  app.post("/numbers", [](Body<Numbers> body) -> Task<Numbers> { co_return *body; });
  app.post("/list",
           [](Body<std::vector<Image>> body) -> Task<std::vector<Image>> { co_return *body; });
  app.post("/ints", [](Body<std::vector<std::int64_t>> body) -> Task<std::vector<std::int64_t>> {
    co_return *body;
  });
  app.post("/dict",
           [](Body<std::map<std::string, double>> body) -> Task<std::map<std::string, double>> {
             co_return *body;
           });
  app.post("/any", [](Body<ordered_json> body) -> Task<ordered_json> { co_return *body; });
  app.post("/login",
           [](Form<std::string, "username"> username,
              Form<std::string, "password", MinLength{3}> password,
              Form<std::optional<std::int64_t>, "age"> age,
              Form<bool, "keep", Default{false}> keep) -> Task<std::vector<std::string>> {
             co_return std::vector<std::string>{*username, *password,
                                                *age ? std::to_string(**age) : "None",
                                                *keep ? "true" : "false"};
           });
  app.post("/upload",
           [](File<UploadFile, "file"> file,
              Form<std::string, "name"> name) -> Task<std::vector<std::string>> {
             std::string content = co_await file->read();
             co_return std::vector<std::string>{*name, file->filename(),
                                                std::string(file->content_type().value_or("")),
                                                std::move(content)};
           });
}

Task<std::vector<std::int64_t>> pages(Query<std::int64_t, "skip", Ge{0}, Default{0}> skip,
                                      Query<std::int64_t, "limit", Le{100}, Default{10}> limit) {
  co_return std::vector{*skip, *limit};
}

Task<std::string> token(Header<std::string, "x_token"> token) {
  if (*token != "secret") throw HTTPException(400, "X-Token header invalid");
  co_return *token;
}

void add_dependencies(App& app) {
  app.get("/depends",
          [](Depends<pages> page) -> Task<std::vector<std::int64_t>> { co_return *page; });
  app.get("/depends/token",
          [](Depends<token>, Depends<pages> page,
             Query<std::int64_t, "q">) -> Task<std::vector<std::int64_t>> { co_return *page; });
}

void add_answers(App& app) {
  app.get("/errors/{status}", [](Path<int, "status"> status) -> Task<> {
    throw HTTPException(*status);
    co_return;
  });
  app.get("/teapot", []() -> Task<> {
    throw HTTPException(418, "short and \"stout\" \u00e9", {{"X-Pot", "1"}});
    co_return;
  });
  app.get("/null", []() -> Task<> { co_return; });
  app.get("/text", []() -> Task<std::string> {
    co_return "h\u00e9llo \"wor\\ld\"\n\t\x01\u2028 </script>";
  });
  app.get("/floats", []() -> Task<std::vector<double>> {
    co_return std::vector{0.0,  -0.0, 1.0,  0.1,     1e-7, 1.5e300, 123456789012345.0,
                          1e15, 1e16, 1e21, 1.0 / 3, -2.5};
  });
  app.get("/plain", []() -> Task<Response> { co_return PlainTextResponse("plain"); });
  app.get("/html", []() -> Task<Response> { co_return HTMLResponse("<p>html</p>", 202); });
  app.get("/json", []() -> Task<Response> {
    co_return JSONResponse(ordered_json{{"a", {1, nullptr, true, ordered_json::object()}}}, 203);
  });
  app.get("/redirect", []() -> Task<Response> { co_return RedirectResponse("/a b?c=\u00e9#d"); });
  app.get("/redirect/303",
          []() -> Task<Response> { co_return RedirectResponse("http://other/x", 303); });
  app.api_route(
      "/methods", method_bit(Method::kGet) | method_bit(Method::kPost),
      [](Request& request) -> Task<std::string> { co_return std::string(request.method()); });
}

}  // namespace

App make_compared_app() {
  App app;
  add_paths(app);
  add_queries(app);
  add_headers(app);
  add_bodies(app);
  add_dependencies(app);
  add_answers(app);
  return app;
}
