// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace capricorn;

namespace ledger {

struct Balance {
  long cents;
};
void to_json(nlohmann::json& json, const Balance& balance) { json = balance.cents; }

}  // namespace ledger

namespace {

struct Account {
  std::string owner;
  std::vector<ledger::Balance> history;
};

struct Filter {
  int limit = 100;
  std::string order_by;
  std::vector<std::string> tags;
};
struct StrictFilter {
  static constexpr ModelConfig model_config{.extra = Extra::kForbid};
  int limit = 100;
};
/// Its default has no JSON.
struct Unwritable {
  int limit = 100;
  double most = std::numeric_limits<double>::quiet_NaN();
};
struct Range {
  int low = 0;
  int high = 10;
};
void validate(const Range& range, Validation& validation) {
  if (range.low > range.high) validation.error("low is high");
}
struct Common {
  std::string host;
  bool save_data;
  std::vector<std::string> x_tag;
};
struct Item {
  std::string name;
  double price = 0;
};
struct User {
  std::string username;
};

/// Without the headers that a client sends of its own.
struct Ask {
  std::string method = "GET";
  std::string target = "/";
  std::optional<std::string> body = {};
  TextPairs headers = {};
};
std::string answer(App& app, const Ask& ask) {
  TestClient client(app);
  client.headers().clear();
  return client.request(ask.method, ask.target, {.headers = ask.headers, .content = ask.body})
      .text();
}

std::string post(App& app, std::string body, std::string type = "application/json") {
  if (type.empty()) return answer(app, {.method = "POST", .body = body});
  return answer(app, {.method = "POST", .body = body, .headers = {{"content-type", type}}});
}

std::string error(std::string_view type, std::string_view loc, std::string_view msg,
                  std::string_view input) {
  return R"({"type":")" + std::string(type) + R"(","loc":[)" + std::string(loc) + R"(],"msg":")" +
         std::string(msg) + R"(","input":)" + std::string(input) + "}";
}
std::string refusal(const std::string& errors) { return R"({"detail":[)" + errors + "]}"; }
std::string missing(std::string_view loc, std::string_view input = "null") {
  return error("missing", loc, "Field required", input);
}

}  // namespace

TEST_CASE("a group reads a model from the query") {
  App app;
  app.get("/", [](Query<Filter> filter) -> Task<Filter> { co_return *filter; });
  CHECK(answer(app, {.target = "/?order_by=x&tags=a&tags=b&other=1"}) ==
        R"({"limit":100,"order_by":"x","tags":["a","b"]})");
  CHECK(answer(app, {.target = "/?limit=z&other=1"}) ==
        refusal(error("int_parsing", R"("query","limit")",
                      "Input should be a valid integer, unable to parse string as an integer",
                      R"("z")") +
                "," + missing(R"("query","order_by")", R"({"limit":"z","tags":[],"other":"1"})")));
}

TEST_CASE("a group forbids what its model does not have") {
  App app;
  app.get("/", [](Query<StrictFilter> filter) -> Task<int> { co_return filter->limit; });
  app.get("/asked", [](Cookie<Item, "", Extra::kForbid> item) -> Task<Item> { co_return *item; });
  CHECK(answer(app, {.target = "/?limit=3"}) == "3");
  CHECK(answer(app, {.target = "/?limit=3&tool=plumbus&tool=2"}) ==
        refusal(error("extra_forbidden", R"("query","tool")", "Extra inputs are not permitted",
                      R"(["plumbus","2"])")));
  CHECK(answer(app, {.target = "/asked", .headers = {{"cookie", "name=n; b=2"}}}) ==
        refusal(error("extra_forbidden", R"("cookie","b")", "Extra inputs are not permitted",
                      R"("2")")));
}

TEST_CASE("a group takes thousands of names that its model does not have") {
  App app;
  app.get("/", [](Query<StrictFilter> filter) -> Task<int> { co_return filter->limit; });
  std::string target = "/?limit=3";
  std::string expected;
  for (int twice = 0; twice < 2; ++twice) {
    for (int i = 2000; i > 0; --i) {
      const std::string name = "n" + std::to_string(i);
      target += "&" + name + "=" + std::to_string(twice);
      if (twice != 0) continue;
      expected +=
          (expected.empty() ? "" : ",") + error("extra_forbidden", R"("query",")" + name + '"',
                                                "Extra inputs are not permitted", R"(["0","1"])");
    }
  }
  const bool same = answer(app, {.target = target}) == refusal(expected);
  CHECK(same);
}

TEST_CASE("a group's input is written for errors alone") {
  App app;
  app.get("/", [](Query<Unwritable> group) -> Task<int> { co_return group->limit; });
  CHECK(answer(app, {.target = "/?limit=3&other=1"}) == "3");
}

TEST_CASE("a group's validate sees what came, and the defaults") {
  App app;
  app.get("/", [](Query<Range> range) -> Task<int> { co_return range->low; });
  CHECK(answer(app, {.target = "/?low=3&high=4"}) == "3");
  CHECK(answer(app, {.target = "/?low=12&other=1"}) ==
        refusal(R"({"type":"value_error","loc":["query"],"msg":"Value error, low is high",)"
                R"("input":{"low":"12","high":10,"other":"1"},"ctx":{"error":{}}})"));
}

TEST_CASE("a group of headers has hyphens on the wire and its members' names in errors") {
  App app;
  app.get("/", [](Header<Common> common) -> Task<Common> { co_return *common; });
  app.get("/as-is",
          [](Header<User, "", ConvertUnderscores{false}> user) -> Task<User> { co_return *user; });
  CHECK(answer(app,
               {.headers = {{"host", "h"}, {"save-data", "1"}, {"x-tag", "a"}, {"x-tag", "b"}}}) ==
        R"({"host":"h","save_data":true,"x_tag":["a","b"]})");
  CHECK(answer(app, {.headers = {{"host", "h"}, {"accept", "*/*"}}}) ==
        refusal(missing(R"("header","save_data")", R"({"host":"h","x_tag":[],"accept":"*/*"})")));
  CHECK(answer(app, {.target = "/as-is", .headers = {{"username", "u"}}}) == R"({"username":"u"})");
}

TEST_CASE("headers come as lists, by their hyphens, by aliases") {
  App app;
  app.get("/",
          [](Header<std::vector<std::string>, "x_token"> tokens) -> Task<std::vector<std::string>> {
            co_return *tokens;
          });
  app.get("/one",
          [](Header<std::string, "x_token"> token) -> Task<std::string> { co_return *token; });
  app.get("/exact",
          [](Header<std::string, "x_token", ConvertUnderscores{false}> token) -> Task<std::string> {
            co_return *token;
          });
  app.get("/alias",
          [](Query<int, "q", Alias{"item-query"}, Title{"Q"}, Deprecated{}> q) -> Task<int> {
            co_return *q;
          });
  CHECK(answer(app, {.headers = {{"X-Token", "a"}, {"x-token", "b"}}}) == R"(["a","b"])");
  CHECK(answer(app, {}) == "[]");
  CHECK(answer(app, {.target = "/one"}) == refusal(missing(R"("header","x-token")")));
  CHECK(answer(app, {.target = "/exact", .headers = {{"x-token", "a"}}}) ==
        refusal(missing(R"("header","x_token")")));
  CHECK(answer(app, {.target = "/alias?item-query=3"}) == "3");
  CHECK(answer(app, {.target = "/alias?q=3"}) == refusal(missing(R"("query","item-query")")));
}

TEST_CASE("a list's elements have their index in an error, and its length is checked at the end") {
  App app;
  app.get("/", [](Query<std::vector<int>, "n", MaxItems{2}> n) -> Task<std::vector<int>> {
    co_return *n;
  });
  app.get("/set", [](Query<std::set<int>, "n"> n) -> Task<std::set<int>> { co_return *n; });
  CHECK(answer(app, {.target = "/?n=1&n=2"}) == "[1,2]");
  CHECK(answer(app, {.target = "/?n=1&n=x"}) ==
        refusal(error("int_parsing", R"("query","n",1)",
                      "Input should be a valid integer, unable to parse string as an integer",
                      R"("x")")));
  CHECK(
      answer(app, {.target = "/?n=1&n=2&n=3"})
          .find(R"("type":"too_long","loc":["query","n"],"msg":"List should have at most 2 items )"
                R"(after validation, not 3","input":["1","2","3"])") != std::string::npos);
  CHECK(
      answer(app, {.target = "/?n=x&n=2&n=3"}) ==
      R"({"detail":[{"type":"too_long","loc":["query","n"],"msg":"List should have at most 2 items )"
      R"(after validation, not 3","input":["x","2","3"],"ctx":{"field_type":"List",)"
      R"("max_length":2,"actual_length":3}}]})");
  CHECK(answer(app, {.target = "/set?n=2&n=1&n=2"}) == "[1,2]");
}

TEST_CASE("several bodies are members of one object") {
  App app;
  app.post("/",
           [](Body<Item, "item"> item, Body<User, "user"> user,
              Body<int, "importance", Gt{0}> importance) -> Task<std::string> {
             co_return item->name + user->username + std::to_string(*importance);
           });
  CHECK(post(app, R"({"importance": 5, "user":{"username":"u"}, "item":{"name":"i"}})") ==
        R"("iu5")");
  CHECK(post(app, R"({"item":{"price":1},"user":null,"importance":0})") ==
        refusal(missing(R"("body","item","name")", R"({"price":1})") + "," +
                missing(R"("body","user")") + "," +
                R"({"type":"greater_than","loc":["body","importance"],"msg":"Input should be )"
                R"(greater than 0","input":0,"ctx":{"gt":0}})"));
  const std::string none = refusal(missing(R"("body","item")") + "," + missing(R"("body","user")") +
                                   "," + missing(R"("body","importance")"));
  CHECK(post(app, "") == none);
  CHECK(post(app, "[]") == none);
  CHECK(post(app, "{}", "text/plain") == none);
  CHECK(post(app, "{\"item\" 1}") ==
        R"({"detail":[{"type":"json_invalid","loc":["body",8],"msg":"JSON decode error",)"
        R"("input":{},"ctx":{"error":"Expecting ':' delimiter"}}]})");
}

TEST_CASE("a body may be embedded, optional, defaulted, or no model at all") {
  App app;
  app.post("/", [](Body<Item, "item", Embed{}> item) -> Task<Item> { co_return *item; });
  app.post("/optional",
           [](Body<std::optional<Item>> item) -> Task<bool> { co_return item->has_value(); });
  app.post("/number", [](Body<int, "n", Default{7}> n) -> Task<int> { co_return *n; });
  app.post("/list",
           [](Body<std::vector<Item>> items) -> Task<std::size_t> { co_return items->size(); });
  app.post("/any", [](Body<nlohmann::json> any) -> Task<nlohmann::json> { co_return *any; });
  const auto to = [&app](std::string target, std::string body) {
    return answer(app, {.method = "POST",
                        .target = target,
                        .body = body,
                        .headers = {{"content-type", "application/json"}}});
  };
  CHECK(to("/", R"({"item":{"name":"a"}})") == R"({"name":"a","price":0.0})");
  CHECK(to("/", R"({"name":"a"})") == refusal(missing(R"("body","item")")));
  CHECK(to("/optional", "") == "false");
  CHECK(to("/optional", " null ") == "false");
  CHECK(to("/optional", R"({"name":"a"})") == "true");
  CHECK(to("/number", "") == "7");
  CHECK(to("/number", "\"8\"") == "8");
  CHECK(to("/list", R"([{"name":"a"},{"name":"b"}])") == "2");
  CHECK(to("/list", "null") == refusal(missing(R"("body")")));
  CHECK(to("/any", R"({"a":[1,null]})") == R"({"a":[1,null]})");
}

TEST_CASE("a body says by Required whether it has to come, where its type does not say it right") {
  App app;
  app.post("/", [](Body<std::vector<int>, "", Required{false}> list) { return *list; });
  app.put("/", [](Body<std::optional<int>, "n", Required{}> n,
                  Body<Item, "item", Required{false}>) { return *n; });
  CHECK(answer(app, {.method = "POST"}) == "[]");
  CHECK(post(app, "[1]") == "[1]");
  const auto put = [&](std::string body) {
    return answer(
        app, {.method = "PUT", .body = body, .headers = {{"content-type", "application/json"}}});
  };
  CHECK(put(R"({"n":1})") == "1");
  CHECK(put("{}") == refusal(missing(R"("body","n")")));
  const auto& document = app.openapi();
  CHECK_FALSE(document["paths"]["/"]["post"]["requestBody"].contains("required"));
  CHECK(document["paths"]["/"]["put"]["requestBody"]["required"] == true);
}

TEST_CASE("a body of another media type, or of none, is not JSON") {
  App app;
  app.post("/", [](Body<User> user) -> Task<User> { co_return *user; });
  const std::string body = R"({"username":"u"})";
  const std::string refused =
      refusal(error("model_attributes_type", R"("body")",
                    "Input should be a valid dictionary or object to extract fields from",
                    R"("{\"username\":\"u\"}")"));
  CHECK(post(app, body) == body);
  CHECK(post(app, body, "application/problem+json; charset=utf-8") == body);
  CHECK(post(app, body, "text/plain") == refused);
  CHECK(post(app, body, "") == refused);
}

TEST_CASE("errors come in FastAPI's order: path, query, header, cookie, body") {
  App app;
  app.post("/{id}",
           [](Body<User> user, Cookie<int, "c"> c, Header<int, "h"> h, Query<int, "q"> q,
              Path<int, "id"> id) -> Task<int> {
             co_return static_cast<int>(user->username.size()) + *c + *h + *q + *id;
           });
  CHECK(answer(app, {.method = "POST", .target = "/x"}) ==
        refusal(error("int_parsing", R"("path","id")",
                      "Input should be a valid integer, unable to parse string as an integer",
                      R"("x")") +
                "," + missing(R"("query","q")") + "," + missing(R"("header","h")") + "," +
                missing(R"("cookie","c")") + "," + missing(R"("body")")));
}

TEST_CASE("an application may take a body without a media type for JSON") {
  App app({.strict_content_type = false});
  app.post("/", [](Body<User> user) -> Task<User> { co_return *user; });
  CHECK(post(app, R"({"username":"u"})", "") == R"({"username":"u"})");
}

namespace {

struct Coded {
  Field<std::string, Pattern{"(unclosed"}> code;
};
struct Order {
  std::vector<Coded> parts;
  std::unique_ptr<Order> before;
};

}  // namespace

TEST_CASE("a Pattern that is no regular expression is said when its route is declared") {
  App app;
  CHECK_THROWS_WITH_AS(
      app.get("/items", [](Query<std::string, "q", Pattern{"[a"}>) -> Task<> { co_return; }),
      "\"/items\", query.q: the Pattern \"[a\": missing ]: [a", std::invalid_argument);
  CHECK_THROWS_WITH_AS(
      app.post("/orders", [](Body<Order>) -> Task<> { co_return; }),
      "\"/orders\", body.parts.code: the Pattern \"(unclosed\": missing ): (unclosed",
      std::invalid_argument);
  CHECK_THROWS_WITH_AS(
      app.get("/answer", []() -> Task<int> { co_return 1; },
              {.response_model = response_model<Coded>()}),
      "\"/answer\", response.code: the Pattern \"(unclosed\": missing ): (unclosed",
      std::invalid_argument);
}

TEST_CASE("a Default that its type cannot be is said when its route is declared") {
  App app;
  CHECK_THROWS_WITH_AS(
      app.get("/items", [](Query<Literal<"a", "b">, "q", Default{"c"}>) -> Task<> { co_return; }),
      "\"/items\", query.q: the Default \"c\": a Literal<> has no such text",
      std::invalid_argument);
  app.get("/good", [](Query<Literal<"a", "b">, "q", Default{"a"}>) -> Task<> { co_return; });
}

TEST_CASE("what can only be written is not taken for what a request brings") {
  App app;
  CHECK_THROWS_WITH_AS(
      app.post("/accounts", [](Body<Account>) -> Task<> { co_return; }),
      "\"/accounts\", body.history: Balance has a to_json and no from_json: it cannot be read",
      std::invalid_argument);
  CHECK_THROWS_AS(app.get("/account", []() -> Task<Account> { co_return Account{}; },
                          {.response_model = response_model<Account>()}),
                  std::invalid_argument);
  app.get("/written", []() -> Task<Account> { co_return Account{"ann", {{7}}}; });
  CHECK(answer(app, {.target = "/written"}) == R"({"owner":"ann","history":[7]})");
}
