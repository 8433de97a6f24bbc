// SPDX-License-Identifier: MIT
#include "../../../handlers/openapi/json_schemas.hpp"

#include <doctest/doctest.h>

#include <capricorn/handlers/decimal.hpp>
#include <nlohmann/json.hpp>

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace shop {
struct Item {
  std::string name;
};
}  // namespace shop
namespace stock {
struct Item {
  int count;
};
struct ValidationError {
  int code;
};
}  // namespace stock

namespace {

enum class Color { red, green };

template <class T>
struct Page {
  std::vector<T> items;
};

struct Node {
  std::string label;
  std::vector<Node> children;
};

struct Everything {
  bool flag;
  int number = 3;
  std::uint16_t natural;
  double real = 1.5;
  std::string text;
  std::optional<int> maybe;
  std::optional<Color> maybe_color;
  std::vector<std::string> list_of_text;
  std::map<std::string, double> by_name;
  Color color = Color::green;
  nlohmann::json anything;
  Field<std::optional<int>, Ge{1}> maybe_positive;
  Field<std::string, MinLength{3}, MaxLength{50}> x2y_ID;
  Field<std::vector<int>, MinLength{1}> some;
  Field<double, Gt{0}, Lt{0.5}, MultipleOf{0.25}, Default{0.25}> part;
};

struct Cat {
  Literal<"cat"> kind;
};
struct Dog {
  Field<Literal<"dog", "wolf">, Title{"Its kind"}> kind;
};
struct Owner {
  Field<std::optional<std::variant<Cat, Dog>>, Discriminator{"kind"}> pet;
};
struct Chip {
  Field<Literal<"chip">, Alias{"petType"}> kind;
};
struct Dale {
  Field<Literal<"dale">, Alias{"petType"}> kind;
};
struct Short {
  Field<std::vector<int>, MinLength{1}> some;
  Field<std::set<int>, MinLength{2}, MaxLength{3}> several;
  Field<std::map<std::string, int>, MinLength{1}> named;
  Field<std::vector<int>, MinLength{1}> given = std::vector<int>{7};
  Field<std::vector<int>, MinLength{1}, DefaultFactory{[] { return std::vector<int>(); }}> meant;
};
struct Bill {
  Decimal total;
  std::optional<Decimal> tip;
  Field<Decimal, Gt{0}, MaxDigits{5}, DecimalPlaces{2}> price;
  Field<Decimal, MaxDigits{4}> digits;
  Field<Decimal, DecimalPlaces{4}> places;
};
struct Small {
  std::uint8_t u8;
  std::int8_t i8;
  std::int16_t i16;
  std::uint32_t u32;
  std::int64_t i64;
  Field<std::uint8_t, Ge{1}, Le{9}> few;
};

Json schema_of(const TypeInfo& type) {
  const TypeInfo* types[] = {&type};
  return JsonSchemas(types).schema(type);
}
std::map<std::string, Json> components_of(std::vector<const TypeInfo*> types) {
  return JsonSchemas(types).components();
}

}  // namespace

TEST_CASE("each kind of type has the schema that pydantic gives it") {
  const Json model = components_of({&type_info<Everything>()}).at("Everything");
  CHECK(model == Json::parse(R"({
    "properties": {
      "flag": {"type": "boolean", "title": "Flag"},
      "number": {"type": "integer", "title": "Number", "default": 3},
      "natural": {"type": "integer", "minimum": 0, "maximum": 65535, "title": "Natural"},
      "real": {"type": "number", "title": "Real", "default": 1.5},
      "text": {"type": "string", "title": "Text"},
      "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Maybe"},
      "maybe_color": {"anyOf": [{"$ref": "#/components/schemas/Color"}, {"type": "null"}]},
      "list_of_text": {"items": {"type": "string"}, "type": "array", "title": "List Of Text",
                       "default": []},
      "by_name": {"additionalProperties": {"type": "number"}, "type": "object",
                  "title": "By Name", "default": {}},
      "color": {"$ref": "#/components/schemas/Color", "default": "green"},
      "anything": {"title": "Anything"},
      "maybe_positive": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}],
                         "title": "Maybe Positive"},
      "x2y_ID": {"type": "string", "minLength": 3, "maxLength": 50, "title": "X2Y Id"},
      "some": {"items": {"type": "integer"}, "type": "array", "minItems": 1, "title": "Some"},
      "part": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5,
               "multipleOf": 0.25, "title": "Part", "default": 0.25}
    },
    "type": "object",
    "required": ["flag", "natural", "text", "anything", "x2y_ID"],
    "title": "Everything"
  })"));
}

TEST_CASE("an optional union with a discriminator is the tagged union, or null") {
  CHECK(components_of({&type_info<Owner>()}).at("Owner")["properties"]["pet"] == Json::parse(R"({
    "anyOf": [
      {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
       "discriminator": {"propertyName": "kind", "mapping": {
         "cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog",
         "wolf": "#/components/schemas/Dog"}}},
      {"type": "null"}],
    "title": "Pet"})"));
}

TEST_CASE("a discriminator has its name on the wire, also where the member's own was given") {
  using Pet = Field<std::variant<Chip, Dale>, Discriminator{"kind"}>;
  CHECK(schema_of(type_info<Pet>())["discriminator"].dump() ==
        R"({"propertyName":"petType","mapping":{"chip":"#/components/schemas/Chip",)"
        R"("dale":"#/components/schemas/Dale"}})");
}

TEST_CASE("an empty list that has to have elements is no default") {
  const Json properties = components_of({&type_info<Short>()}).at("Short")["properties"];
  CHECK(properties["some"].dump() ==
        R"({"items":{"type":"integer"},"type":"array","minItems":1,"title":"Some"})");
  CHECK(!properties["several"].contains("default"));
  CHECK(!properties["named"].contains("default"));
  CHECK(properties["given"]["default"] == Json{7});
  CHECK(properties["meant"]["default"] == Json::array());  // as its author says
  using Parameter = Field<std::vector<int>, MinLength{1}>;
  const TypeInfo* types[] = {&type_info<Parameter>()};
  CHECK(!JsonSchemas(types).field_schema(*types[0], "q", false).contains("default"));
}

TEST_CASE("a Decimal is read as a number or a text and written as a text, in pydantic's patterns") {
  const TypeInfo* types[] = {&type_info<Bill>()};
  const auto all = JsonSchemas(types, types).components();
  REQUIRE(all.size() == 2);
  const Json read = all.at("Bill-Input")["properties"];
  const Json written = all.at("Bill-Output")["properties"];
  const Json any{{"type", "string"}, {"pattern", R"(^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$)"}};
  CHECK(read["total"]["anyOf"] == Json::array({{{"type", "number"}}, any}));
  CHECK(written["total"] ==
        Json{{"type", "string"}, {"pattern", any["pattern"]}, {"title", "Total"}});
  CHECK(read["tip"]["anyOf"] == Json::array({{{"type", "number"}}, any, {{"type", "null"}}}));
  CHECK(written["tip"]["anyOf"] == Json::array({any, {{"type", "null"}}}));
  const char* const pattern =
      R"(^(?!^[-+.]*$)[+-]?0*(?:\d{0,3}|(?=[\d.]{1,6}0*$)\d{0,3}\.\d{0,2}0*$))";
  CHECK(read["price"]["anyOf"] == Json::array({{{"type", "number"}, {"exclusiveMinimum", 0}},
                                               {{"type", "string"}, {"pattern", pattern}}}));
  CHECK(written["price"] == Json{{"type", "string"}, {"pattern", pattern}, {"title", "Price"}});
  CHECK(written["digits"]["pattern"] ==
        R"(^(?!^[-+.]*$)[+-]?0*(?:\d{0,4}|(?=[\d.]{1,5}0*$)\d*\.\d*0*$))");
  CHECK(written["places"]["pattern"] == R"(^(?!^[-+.]*$)[+-]?0*\d*\.?\d{0,4}0*$)");
}

TEST_CASE("a narrow integer has its bounds, and a constraint is stronger") {
  const Json properties = components_of({&type_info<Small>()}).at("Small")["properties"];
  const auto bounds = [&](const char* name) {
    const Json& schema = properties[name];
    return schema.value("minimum", Json()).dump() + ".." + schema.value("maximum", Json()).dump();
  };
  CHECK(bounds("u8") == "0..255");
  CHECK(bounds("i8") == "-128..127");
  CHECK(bounds("i16") == "-32768..32767");
  CHECK(bounds("u32") == "0..null");
  CHECK(bounds("i64") == "null..null");
  CHECK(bounds("few") == "1..9");
}

TEST_CASE("an enum is a component of its names") {
  CHECK(components_of({&type_info<Color>()}).at("Color") ==
        Json::parse(R"({"type": "string", "enum": ["red", "green"], "title": "Color"})"));
}

TEST_CASE("a model that contains itself is a component that refers to itself") {
  CHECK(schema_of(type_info<Node>()) == Json{{"$ref", "#/components/schemas/Node"}});
  const auto all = components_of({&type_info<Node>()});
  REQUIRE(all.size() == 1);
  CHECK(all.at("Node")["properties"]["children"]["items"] ==
        Json{{"$ref", "#/components/schemas/Node"}});
}

TEST_CASE("a name that two models have is lengthened by their namespaces") {
  const auto all = components_of({&type_info<shop::Item>(), &type_info<stock::Item>()});
  REQUIRE(all.size() == 2);
  CHECK(all.at("shop__Item")["properties"].contains("name"));
  CHECK(all.at("stock__Item")["properties"].contains("count"));
  CHECK(all.at("stock__Item")["title"] == "Item");
}

TEST_CASE("a model named as one of the document's own stands beside it") {
  CHECK(components_of({&type_info<stock::ValidationError>()}).contains("ValidationError__2"));
}

TEST_CASE("a template's model is named with its arguments, without their namespaces") {
  const auto all = components_of({&type_info<Page<shop::Item>>(), &type_info<Page<Node>>()});
  CHECK(all.at("Page_Item_")["title"] == "Page<Item>");
  CHECK(all.contains("Page_Node_"));
  CHECK(unqualified_name("a::Page<(anonymous namespace)::Node, b::c::D<e::F>>") ==
        "Page<Node, D<F>>");
  CHECK(unqualified_name("Page<std::vector<std::vector<std::__cxx11::basic_string<char> > > >") ==
        "Page<vector<vector<string>>>");
  CHECK(components_of({&type_info<Page<std::string>>()}).contains("Page_string_"));
  CHECK(unqualified_name("{anonymous}::main(int)::Local") == "Local");
}

TEST_CASE("a title is Python's title() of the name") {
  CHECK(title_of("item_id") == "Item Id");
  CHECK(title_of("user-agent") == "User-Agent");
  CHECK(title_of("x2y_ID") == "X2Y Id");
}
