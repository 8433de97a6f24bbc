// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

struct Ratio {
  double value;
};
struct Rectangle {
  int width;
  int length;
  int area() const { return width * length; }
  const std::string label() const noexcept { return std::to_string(width) + "\"x\""; }
  std::optional<Ratio> ratio() const {
    if (length == 0) return std::nullopt;
    return Ratio{static_cast<double>(width) / length};
  }
  static constexpr ComputedFields<&Rectangle::area, &Rectangle::label, &Rectangle::ratio>
      computed_fields{};
};
struct Drawing {
  std::string title;
  std::vector<Rectangle> shapes;
};
struct Frame {
  std::vector<Frame> inner;
  Drawing drawing;
};
struct Plain {
  int number;
};
struct Fails {
  int number;
  int broken() const { throw std::runtime_error("no number"); }
  static constexpr ComputedFields<&Fails::broken> computed_fields{};
};

std::string json_of(const auto& value) {
  Buffer out;
  write_json(out, value);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("computed fields are written behind the members, also inside of others") {
  CHECK(json_of(Rectangle{3, 4}) ==
        R"({"width":3,"length":4,"area":12,"label":"3\"x\"","ratio":{"value":0.75}})");
  CHECK(
      json_of(Drawing{"d", {{1, 0}}}) ==
      R"({"title":"d","shapes":[{"width":1,"length":0,"area":0,"label":"1\"x\"","ratio":null}]})");
}

TEST_CASE("what a client sends for them is not read") {
  App app;
  app.post("/", [](Body<Rectangle> rectangle) -> Task<Rectangle> { co_return *rectangle; });
  TestClient client(app);
  const auto answer = client.post("/", {.json = Json{{"width", 2}, {"length", 5}, {"area", 999}}});
  CHECK(answer.json()["area"] == 10);
  CHECK(client.post("/", {.json = Json{{"width", 2}, {"area", 999}}}).status_code == 422);
}

TEST_CASE("a response model has those of its own") {
  App app;
  app.get("/", []() -> Task<Drawing> { co_return Drawing{"d", {{2, 2}}}; },
          {.response_model = response_model<Drawing>()});
  app.get("/broken", []() -> Task<Fails> { co_return Fails{1}; });
  TestClient client(app);
  CHECK(client.get("/").json()["shapes"][0]["area"] == 4);
  CHECK_THROWS_WITH_AS(client.get("/broken"), "no number", std::runtime_error);
}

TEST_CASE("the document has them as readOnly, where the model is only written") {
  App app;
  app.get("/", []() -> Task<Rectangle> { co_return Rectangle{1, 2}; });
  const Json& schema = app.openapi()["components"]["schemas"]["Rectangle"];
  CHECK(schema == Json::parse(R"({
    "properties": {
      "width": {"type": "integer", "title": "Width"},
      "length": {"type": "integer", "title": "Length"},
      "area": {"type": "integer", "title": "Area", "readOnly": true},
      "label": {"type": "string", "title": "Label", "readOnly": true},
      "ratio": {"anyOf": [{"$ref": "#/components/schemas/Ratio"}, {"type": "null"}],
                "readOnly": true}},
    "type": "object",
    "required": ["width", "length", "area", "label", "ratio"],
    "title": "Rectangle"})"));
}

TEST_CASE("a model that is read and written is two schemas, and so is what is made of it") {
  App app;
  app.post("/",
           [](Body<Drawing> drawing, Query<int, "n">) -> Task<Drawing> { co_return *drawing; });
  app.post("/plain", [](Body<Plain> plain) -> Task<Plain> { co_return *plain; });
  app.post("/frame", [](Body<Frame>) -> Task<> { co_return; });
  const Json& document = app.openapi();
  const Json& schemas = document["components"]["schemas"];
  CHECK(schemas.contains("Plain"));
  CHECK(schemas.contains("Ratio"));
  CHECK(schemas.contains("Frame"));  // it is only read
  CHECK_FALSE(schemas.contains("Rectangle"));
  CHECK(schemas["Rectangle-Input"]["required"] == Json{"width", "length"});
  CHECK_FALSE(schemas["Rectangle-Input"]["properties"].contains("area"));
  CHECK(schemas["Rectangle-Output"]["properties"].contains("area"));
  CHECK(schemas["Rectangle-Output"]["title"] == "Rectangle");
  const auto of_shapes = [&](const char* name) {
    return schemas[name]["properties"]["shapes"]["items"]["$ref"];
  };
  CHECK(of_shapes("Drawing-Input") == "#/components/schemas/Rectangle-Input");
  CHECK(of_shapes("Drawing-Output") == "#/components/schemas/Rectangle-Output");
  CHECK(schemas["Frame"]["properties"]["drawing"]["$ref"] == "#/components/schemas/Drawing-Input");
  const Json& post = document["paths"]["/"]["post"];
  CHECK(post["requestBody"]["content"]["application/json"]["schema"]["$ref"] ==
        "#/components/schemas/Drawing-Input");
  CHECK(post["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] ==
        "#/components/schemas/Drawing-Output");
}
