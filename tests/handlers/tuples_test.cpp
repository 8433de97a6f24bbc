// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <json_again.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "../../handlers/openapi/json_schemas.hpp"

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

struct Cat {
  Literal<"cat"> kind;
  int lives = 9;
};
struct Dog {
  Literal<"dog"> kind;
  std::optional<std::string> name;
};
using Pet = Field<std::variant<Cat, Dog>, Discriminator{"kind"}>;
using Named = std::pair<std::string, Pet>;

struct Tree {
  int value;
  std::vector<std::pair<std::string, std::unique_ptr<Tree>>> branches;
};
struct Place {
  std::pair<double, double> at;
  std::tuple<int, std::string, std::optional<bool>> label{7, "seven", {}};
  std::optional<std::pair<int, int>> range;
  std::vector<std::tuple<Field<int, Gt{0}>, std::string>> steps;
  std::map<std::string, std::pair<int, bool>> flags;
};
struct Alone {
  std::tuple<int> one;
  std::pair<Uuid, DateTime> key;
  std::pair<Uuid, DateTime> fresh{uuid4(), {}};
};

using Box = std::tuple<double, double, std::string>;
struct Filter {
  std::pair<int, int> range;
  std::optional<Box> box;
  std::array<int, 2> size{10, 20};
};

/// Type, place, message, input and context of each error.
template <class T>
std::string errors_of(std::string_view text) {
  T value{};
  ValidationErrors errors;
  read_json(text, value, errors);
  std::string all;
  for (const ErrorDetail& error : errors) {
    all += error.type + " " + join_loc(error.loc) + ": " + error.msg + " " + error.input_json +
           (error.ctx_json.empty() ? "" : " " + error.ctx_json) + "\n";
  }
  return all;
}

template <class T>
Json schema_of(SchemaMode mode = SchemaMode::kValidation) {
  const TypeInfo* const types[] = {&type_info<T>()};
  const bool read = mode == SchemaMode::kValidation;
  const JsonSchemas schemas(
      read ? std::span<const TypeInfo* const>(types) : std::span<const TypeInfo* const>(),
      read ? std::span<const TypeInfo* const>() : std::span<const TypeInfo* const>(types));
  return schemas.schema(type_info<T>(), mode);
}

std::string post(Application& app, std::string path, std::string json) {
  return TestClient(app)
      .post(std::move(path),
            {.headers = {{"content-type", "application/json"}}, .content = std::move(json)})
      .text();
}

using Two = std::pair<int, std::string>;
using Three = std::tuple<int, std::string, std::vector<double>>;

}  // namespace

TEST_CASE("a pair and a tuple are lists whose places have types of their own") {
  CHECK(again<Two>(R"([1,"a"])") == R"([1,"a"])");
  CHECK(again<Three>(R"( [ 1 , "a", [0.5, 1] ] )") == R"([1,"a",[0.5,1.0]])");
  CHECK(again<std::tuple<int>>("[3]") == "[3]");
  CHECK(again<std::tuple<std::tuple<int, int>, Two>>(R"([[1,2],["3","b"]])") ==
        R"([[1,2],[3,"b"]])");
  CHECK(again<std::vector<Two>>(R"([[1,"a"],[2,"b"]])") == R"([[1,"a"],[2,"b"]])");
  CHECK(again<std::map<std::string, Two>>(R"({"x":[1,"a"]})") == R"({"x":[1,"a"]})");
  CHECK(again<std::set<std::pair<int, int>>>("[[2,1],[1,2],[2,1]]") == "[[1,2],[2,1]]");
  CHECK(again<std::unique_ptr<Two>>("null") == "null");
  CHECK(again<std::array<Two, 1>>(R"([[1,"a"]])") == R"([[1,"a"]])");
}

TEST_CASE("what is wrong with a tuple is told as pydantic tells it") {
  CHECK(errors_of<Two>("{}") == "tuple_type body: Input should be a valid tuple {}\n");
  CHECK(errors_of<Two>("\"ab\"") == "tuple_type body: Input should be a valid tuple \"ab\"\n");
  CHECK(errors_of<Two>("null") == "tuple_type body: Input should be a valid tuple null\n");
  CHECK(errors_of<Two>("[ 1 ]") == "missing body.1: Field required [1]\n");
  CHECK(errors_of<Two>("[]") ==
        "missing body.0: Field required []\nmissing body.1: Field required []\n");
  CHECK(errors_of<Two>(R"([1,"a",2])") ==
        "too_long body: Tuple should have at most 2 items after validation, not 3 [1,\"a\",2] "
        R"({"field_type":"Tuple","max_length":2,"actual_length":3})"
        "\n");
  CHECK(errors_of<std::tuple<int>>("[1,2,3]").starts_with(
      "too_long body: Tuple should have at most 1 item after validation, not 3 "));
}

TEST_CASE("all errors of a tuple come together") {
  CHECK(errors_of<Two>(R"(["x"])") ==
        "int_parsing body.0: Input should be a valid integer, unable to parse string as an integer "
        "\"x\"\nmissing body.1: Field required [\"x\"]\n");
  CHECK(errors_of<Two>("[null,2]") ==
        "int_type body.0: Input should be a valid integer null\n"
        "string_type body.1: Input should be a valid string 2\n");
  CHECK(errors_of<Two>("[null,2,3]").starts_with("too_long body: "));
  CHECK(errors_of<Place>(R"({"at":[1],"steps":[[0,"a"],5]})") ==
        "missing body.at.1: Field required [1]\n"
        "greater_than body.steps.0.0: Input should be greater than 0 0 {\"gt\":0}\n"
        "tuple_type body.steps.1: Input should be a valid tuple 5\n");
  CHECK(errors_of<Two>("[1,").starts_with("json_invalid body.3: JSON decode error"));
  CHECK(errors_of<Two>("[1,\"a\",").starts_with("json_invalid"));
}

TEST_CASE("tuples are members of models") {
  CHECK(again<Place>(R"({"at":[1,2.5],"range":[1,2],"steps":[[1,"a"]],"flags":{"x":[1,true]}})") ==
        R"({"at":[1.0,2.5],"label":[7,"seven",null],"range":[1,2],"steps":[[1,"a"]],)"
        R"("flags":{"x":[1,true]}})");
  CHECK(again<Place>(R"({"at":["1",2],"label":[1,"a",null]})") ==
        R"({"at":[1.0,2.0],"label":[1,"a",null],"range":null,"steps":[],"flags":{}})");
  CHECK(errors_of<Place>("{}") == "missing body.at: Field required {}\n");
  const std::string tree = R"({"value":1,"branches":[["a",{"value":2,"branches":[]}]]})";
  CHECK(again<Tree>(tree) == tree);
  // Of a member that comes twice the last counts.
  CHECK(again<Place>(R"({"at":[1],"at":[1,2]})").starts_with(R"({"at":[1.0,2.0],)"));
}

TEST_CASE("a tuple without an initialiser is required, whatever its elements are") {
  const ModelLayout& place = type_info<Place>().layout();
  CHECK(place.required == 0b00001u);
  CHECK(place.generated == 0u);
  const ModelLayout& alone = type_info<Alone>().layout();
  CHECK(alone.required == 0b011u);
  CHECK(alone.generated == 0b100u);
}

TEST_CASE("a tuple is an alternative of a union, and may hold one") {
  using Either = std::variant<int, Two, std::tuple<std::string, int>>;
  CHECK(again<Either>("5") == "5");
  CHECK(again<Either>(R"([1,"a"])") == R"([1,"a"])");
  CHECK(again<Either>(R"(["a",1])") == R"(["a",1])");
  CHECK(errors_of<Either>("[1,2]") ==
        "int_type body.int: Input should be a valid integer [1,2]\n"
        "string_type body.tuple[int, str].1: Input should be a valid string 2\n"
        "string_type body.tuple[str, int].0: Input should be a valid string 1\n");
  // A list is a list before it is a tuple.
  std::variant<std::pair<int, int>, std::vector<int>> list;
  ValidationErrors errors;
  REQUIRE(read_json("[1,2]", list, errors));
  CHECK(list.index() == 1);
  CHECK(again<std::vector<Named>>(R"([["Tom",{"kind":"cat"}],["Rex",{"kind":"dog"}]])") ==
        R"([["Tom",{"kind":"cat","lives":9}],["Rex",{"kind":"dog","name":null}]])");
  CHECK(errors_of<Named>(R"(["Tom",{"kind":"cow"}])")
            .starts_with("union_tag_invalid body.1: Input tag 'cow' found using 'kind'"));
}

TEST_CASE("the document says what stands in which place") {
  CHECK(schema_of<Two>().dump() ==
        R"({"prefixItems":[{"type":"integer"},{"type":"string"}],"type":"array",)"
        R"("maxItems":2,"minItems":2})");
  CHECK(schema_of<std::optional<std::tuple<int>>>().dump() ==
        R"({"anyOf":[{"prefixItems":[{"type":"integer"}],"type":"array",)"
        R"("maxItems":1,"minItems":1},{"type":"null"}]})");
  CHECK(schema_of<std::tuple<Field<int, Gt{0}>, Cat>>()["prefixItems"].dump() ==
        R"([{"type":"integer","exclusiveMinimum":0},{"$ref":"#/components/schemas/Cat"}])");
  // What is read and written differently is so in a tuple, too.
  CHECK(schema_of<std::tuple<Decimal>>()["prefixItems"][0].contains("anyOf"));
  CHECK(schema_of<std::tuple<Decimal>>(SchemaMode::kSerialization)["prefixItems"][0]["type"] ==
        "string");
}

TEST_CASE("a handler takes and gives tuples") {
  App app;
  app.post("/turn", [](Body<Two> pair) { return std::tuple(pair->second, pair->first); });
  app.post("/place", [](Body<Place> place) -> Task<Place> { co_return *place; });
  app.get("/pets",
          [] {
            return std::vector<Named>{{"Tom", Pet(Cat{})},
                                      {"Rex", Pet(Dog{.kind = {}, .name = {}})}};
          },
          {.response_model_exclude_none = true});
  app.get("/first", [] { return std::pair<int, Cat>(1, Cat{}); },
          {.response_model = response_model<std::tuple<int, Cat>>(),
           .response_model_exclude_defaults = true});
  TestClient client(app);
  CHECK(post(app, "/turn", R"([1,"a"])") == R"(["a",1])");
  CHECK(post(app, "/turn", "[1]") ==
        R"({"detail":[{"type":"missing","loc":["body",1],"msg":"Field required","input":[1]}]})");
  CHECK(post(app, "/place", R"({"at":[1,2]})").starts_with(R"({"at":[1.0,2.0],"label")"));
  CHECK(client.get("/pets").text() ==
        R"([["Tom",{"kind":"cat","lives":9}],["Rex",{"kind":"dog"}]])");
  CHECK(client.get("/first").text() == R"([1,{"kind":"cat"}])");
  const Json document = Json::parse(client.get("/openapi.json").text());
  CHECK(document["paths"]["/turn"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            .dump() == R"({"prefixItems":[{"type":"integer"},{"type":"string"}],"type":"array",)"
                       R"("maxItems":2,"minItems":2,"title":"Body"})");
  CHECK(document["components"]["schemas"]["Place"]["properties"]["label"]["default"].dump() ==
        R"([7,"seven",null])");
}

TEST_CASE("texts of one name are the places of a tuple or an array") {
  App app;
  app.get("/", [](Query<Box, "p"> p, Query<std::optional<std::array<int, 2>>, "a"> a,
                  Header<std::pair<int, Uuid>, "x_key", Required{false}> key) {
    return std::tuple(*p, *a, key->first);
  });
  app.get("/group", [](Query<Filter> filter) { return *filter; });
  app.post("/",
           [](Form<Two, "p">, Form<std::array<int, 2>, "a", Required{false}> a) { return *a; });
  app.post("/group", [](Form<Filter> filter) { return *filter; });
  TestClient client(app);
  const auto form = [&](std::string path, std::string text) {
    return client
        .post(std::move(path), {.headers = {{"content-type", "application/x-www-form-urlencoded"}},
                                .content = std::move(text)})
        .text();
  };
  const auto errors_in = [](const std::string& text) {
    std::string all;
    for (const Json& error : Json::parse(text)["detail"]) {
      all += error["type"].get<std::string>() + error["loc"].dump() + error["input"].dump() + " ";
    }
    return all;
  };
  CHECK(client.get("/?p=1&p=2&p=x").text() == R"([[1.0,2.0,"x"],null,0])");
  CHECK(client.get("/?p=1&p=2&p=x&a=1&a=2").text() == R"([[1.0,2.0,"x"],[1,2],0])");
  CHECK(errors_in(client.get("/").text()) == R"(missing["query","p"]null )");
  CHECK(errors_in(client.get("/?p=x&a=1").text()) ==
        R"(float_parsing["query","p",0]"x" missing["query","p",1]["x"] )"
        R"(missing["query","p",2]["x"] too_short["query","a"]["1"] )");
  CHECK(errors_in(client.get("/?p=1&p=2&p=3&p=4&a=x&a=2&a=3").text()) ==
        R"(too_long["query","p"]["1","2","3","4"] too_long["query","a"]["x","2","3"] )");
  CHECK(errors_in(client.get("/?p=1&p=2&p=3&a=x").text()) == R"(int_parsing["query","a",0]"x" )");
  CHECK(client.get("/?p=1&p=2&p=x", {.headers = {{"x-key", "5"}}}).status_code == 422);
  CHECK(client.get("/group?range=1&range=2").text() ==
        R"({"range":[1,2],"box":null,"size":[10,20]})");
  CHECK(client.get("/group?range=1&range=2&box=1&box=2&box=3&size=3&size=4").text() ==
        R"({"range":[1,2],"box":[1.0,2.0,"3"],"size":[3,4]})");
  CHECK(errors_in(client.get("/group?box=1").text()) ==
        R"(missing["query","range"]{"box":["1"],"size":[10,20]} missing["query","box",1]["1"] )"
        R"(missing["query","box",2]["1"] )");
  CHECK(form("/", "p=1&p=a&a=3&a=4") == "[3,4]");
  CHECK(form("/", "p=1&p=a") == "[0,0]");
  CHECK(errors_in(form("/", "a=1")) == R"(missing["body","p"]null too_short["body","a"]["1"] )");
  CHECK(errors_in(form("/", "p=x&a=1&a=2")) ==
        R"(int_parsing["body","p",0]"x" missing["body","p",1]["x"] )");
  CHECK(form("/group", "range=1&range=2") == R"({"range":[1,2],"box":null,"size":[10,20]})");
  const Json document = Json::parse(client.get("/openapi.json").text());
  const Json& parameter = document["paths"]["/"]["get"]["parameters"][0];
  CHECK(parameter["required"] == true);
  CHECK(parameter["schema"].dump() ==
        R"({"prefixItems":[{"type":"number"},{"type":"number"},{"type":"string"}],"type":"array",)"
        R"("maxItems":3,"minItems":3,"title":"P"})");
}
