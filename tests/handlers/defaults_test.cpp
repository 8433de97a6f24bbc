// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

namespace {

int next_number() {
  static std::atomic<int> number = 0;
  return ++number;
}
Texts standard_tags() { return {"new", "old"}; }
std::chrono::seconds a_minute() { return 1min; }

struct Filter {
  Field<Texts, DefaultFactory{standard_tags}> tags;
  std::set<int> sizes{1, 2};
  Field<std::chrono::seconds, DefaultFactory{[] { return 30s; }}> wait;
};
struct Order {
  int number = 7;
};
Order standard_order() { return {9}; }

App with_defaults() {
  App app;
  app.get("/tags", [](Query<Texts, "tag", DefaultFactory{standard_tags}> tags) -> Task<Texts> {
    co_return *tags;
  });
  app.get("/filter", [](Query<Filter> filter) -> Task<Filter> { co_return *filter; });
  app.post("/form", [](Form<Filter> filter) -> Task<Filter> { co_return *filter; });
  app.post("/fields",
           [](Form<Texts, "tag", DefaultFactory{standard_tags}> tags,
              Form<std::set<int>, "size", Required{}>) -> Task<Texts> { co_return *tags; });
  app.get("/wait",
          [](Query<std::chrono::seconds, "wait", DefaultFactory{a_minute}> wait,
             Header<Texts, "x_tag", Required{}> tags) -> Task<std::size_t> {
            co_return static_cast<std::size_t>(wait->count()) + tags->size();
          });
  app.post("/order", [](Body<Order, "order", DefaultFactory{standard_order}> order) -> Task<int> {
    co_return order->number;
  });
  app.get("/number", [](Query<int, "n", DefaultFactory{next_number}> number) -> Task<int> {
    co_return *number;
  });
  return app;
}

}  // namespace

TEST_CASE("a list has its default where the request has none of that name") {
  App app = with_defaults();
  TestClient client(app);
  CHECK(client.get("/tags").json() == Json{"new", "old"});
  CHECK(client.get("/tags?tag=a").json() == Json(Texts{"a"}));
  CHECK(client.get("/filter").text() == R"({"tags":["new","old"],"sizes":[1,2],"wait":"PT30S"})");
  CHECK(client.get("/filter?tags=a&sizes=5&wait=PT5S").text() ==
        R"({"tags":["a"],"sizes":[5],"wait":"PT5S"})");
}

TEST_CASE("so has a list in a form") {
  App app = with_defaults();
  TestClient client(app);
  const auto post = [&](const char* path, const char* form) {
    return client.post(path, {.headers = {{"content-type", "application/x-www-form-urlencoded"}},
                              .content = form});
  };
  CHECK(post("/form", "").text() == R"({"tags":["new","old"],"sizes":[1,2],"wait":"PT30S"})");
  CHECK(post("/form", "tags=a&sizes=5").text() == R"({"tags":["a"],"sizes":[5],"wait":"PT30S"})");
  CHECK(post("/fields", "size=1").json() == Json{"new", "old"});
  CHECK(post("/fields", "tag=a&size=1").json() == Json(Texts{"a"}));
  const auto refused = post("/fields", "tag=a");
  CHECK(refused.status_code == 422);
  CHECK(refused.json()["detail"][0]["type"] == "missing");
  CHECK(refused.json()["detail"][0]["loc"] == Json{"body", "size"});
}

namespace {

struct Tagged {
  Field<Texts, MinLength{1}> tags;
  Field<std::optional<Texts>, MinLength{1}> more;
};

}  // namespace

TEST_CASE("the length of a list is checked where it is empty, too") {
  App app;
  app.get("/query", [](Query<Texts, "tags", MinLength{1}>) -> Task<> { co_return; });
  app.get("/group", [](Query<Tagged>) -> Task<> { co_return; });
  app.get("/header", [](Header<Tagged>) -> Task<> { co_return; });
  app.post("/field", [](Form<Texts, "tags", MinLength{1}>) -> Task<> { co_return; });
  app.post("/form", [](Form<Tagged>) -> Task<> { co_return; });
  TestClient client(app);
  const auto refusal = [](const char* place) {
    return R"({"detail":[{"type":"too_short","loc":[")" + std::string(place) +
           R"(","tags"],"msg":"List should have at least 1 item after validation, not 0",)"
           R"("input":[],"ctx":{"field_type":"List","min_length":1,"actual_length":0}}]})";
  };
  CHECK(client.get("/query").text() == refusal("query"));
  CHECK(client.get("/group").text() == refusal("query"));
  CHECK(client.get("/header").text() == refusal("header"));
  CHECK(client.post("/field").text() == refusal("body"));
  CHECK(client.post("/form").text() == refusal("body"));
  CHECK(client.get("/group?tags=a").status_code == 200);
}

TEST_CASE("a function gives a duration, a model, and another value each time") {
  App app = with_defaults();
  TestClient client(app);
  CHECK(client.get("/wait", {.headers = {{"x-tag", "a"}}}).text() == "61");
  CHECK(client.get("/wait?wait=PT5S", {.headers = {{"x-tag", "a"}}}).text() == "6");
  CHECK(client.post("/order").text() == "9");
  CHECK(client.post("/order", {.json = Json{{"number", 3}}}).text() == "3");
  const int first = client.get("/number").json().get<int>();
  CHECK(client.get("/number").json() == first + 1);
}

TEST_CASE("a list with Required is missing where there is none") {
  App app = with_defaults();
  TestClient client(app);
  const auto refused = client.get("/wait");
  CHECK(refused.status_code == 422);
  CHECK(refused.text() == R"({"detail":[{"type":"missing","loc":["header","x-tag"],)"
                          R"("msg":"Field required","input":null}]})");
}

TEST_CASE("the document has the default that a function gives, if it is always the same") {
  App app = with_defaults();
  const Json& paths = app.openapi()["paths"];
  const auto parameter = [&](const char* path, std::size_t i) {
    return paths[path]["get"]["parameters"][i];
  };
  CHECK(parameter("/tags", 0)["schema"]["default"] == Json{"new", "old"});
  CHECK(parameter("/tags", 0)["required"] == false);
  CHECK(parameter("/wait", 0)["schema"]["default"] == "PT1M");
  CHECK(parameter("/wait", 1)["required"] == true);
  CHECK_FALSE(parameter("/number", 0)["schema"].contains("default"));
}
