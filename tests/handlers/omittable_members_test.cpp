// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

struct Update {
  std::optional<std::optional<std::string>> note;
  std::optional<std::unique_ptr<int>> count;
  Field<std::optional<std::optional<int>>, Ge{1}> rank;
  std::optional<bool> plain;
};
/// Of nothing else, so that there may be no member at all.
struct Only {
  std::optional<std::optional<int>> number;
};
struct Doubled {
  std::optional<std::optional<int>> number;
  int twice() const { return 2 * number.value_or(0).value_or(0); }
  static constexpr ComputedFields<&Doubled::twice> computed_fields{};
};
struct Cat {
  Literal<"cat"> type;
  std::optional<std::optional<int>> lives;
  int age = 1;
};
struct Dog {
  Literal<"dog"> type;
  std::optional<std::optional<int>> lives;
  int age = 2;
};

std::string json_of(const auto& value) {
  Buffer out;
  write_json(out, value);
  return std::string(out.view());
}

std::string told(const auto& optional) {
  if (!optional) return "absent";
  return *optional ? "value" : "null";
}

App told_members() {
  App app;
  app.patch("/", [](Body<Update> update) -> Task<std::vector<std::string>> {
    co_return std::vector{told(update->note), told(update->count), told(*update->rank),
                          std::string(update->plain ? "value" : "empty")};
  });
  return app;
}

}  // namespace

TEST_CASE("an optional of an optional tells absent from null") {
  App app = told_members();
  TestClient client(app);
  const auto patch = [&](const char* body) {
    return client.patch("/", {.json = Json::parse(body)});
  };
  CHECK(patch("{}").json() == Json{"absent", "absent", "absent", "empty"});
  CHECK(patch(R"({"note":null,"count":null,"rank":null,"plain":null})").json() ==
        Json{"null", "null", "null", "empty"});
  CHECK(patch(R"({"note":"","count":0,"rank":1,"plain":false})").json() ==
        Json{"value", "value", "value", "value"});
  // As ever, the last of equal keys counts.
  CHECK(patch(R"({"note":"a","note":null})").json()[0] == "null");
}

TEST_CASE("what is in both is checked as the value itself") {
  App app = told_members();
  TestClient client(app);
  const auto answer = client.patch("/", {.json = Json{{"note", 5}, {"rank", 0}}});
  CHECK(answer.status_code == 422);
  CHECK(answer.json()["detail"][0]["type"] == "string_type");
  CHECK(answer.json()["detail"][1]["type"] == "greater_than_equal");
}

TEST_CASE("what is absent is not written") {
  CHECK(json_of(Update{}) == R"({"plain":null})");
  Update update;
  update.note.emplace();
  update.count.emplace(std::make_unique<int>(3));
  update.rank = std::optional(std::optional(7));
  CHECK(json_of(update) == R"({"note":null,"count":3,"rank":7,"plain":null})");
  CHECK(json_of(Only{}) == "{}");
  CHECK(json_of(Only{std::optional<int>()}) == R"({"number":null})");
  CHECK(json_of(Doubled{}) == R"({"twice":0})");
  CHECK(json_of(Doubled{4}) == R"({"number":4,"twice":8})");
  CHECK(json_of(std::vector<Only>{{}, {1}}) == R"([{},{"number":1}])");
}

TEST_CASE("a null that stands for itself is no default of an answer") {
  App app;
  app.get("/", []() -> Task<Only> { co_return Only{std::optional<int>()}; },
          {.response_model_exclude_unset = true});
  app.get("/cats",
          []() -> Task<std::vector<std::variant<Dog, Cat>>> {
            co_return {Cat{}, Cat{.lives = std::optional<int>(), .age = 3}, Dog{}};
          },
          {.response_model_exclude_defaults = true});
  TestClient client(app);
  CHECK(client.get("/").text() == R"({"number":null})");
  CHECK(client.get("/cats").text() ==
        R"([{"type":"cat"},{"type":"cat","lives":null,"age":3},{"type":"dog"}])");
}

TEST_CASE("the document has one null for both, and no default") {
  App app = told_members();
  const Json& schema = app.openapi()["components"]["schemas"]["Update"];
  CHECK_FALSE(schema.contains("required"));
  CHECK(schema["properties"]["note"] ==
        Json::parse(R"({"anyOf":[{"type":"string"},{"type":"null"}],"title":"Note"})"));
}
