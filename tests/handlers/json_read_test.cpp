// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_write.hpp>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <variant>

using namespace capricorn;

namespace {

enum class Size { small, large };

struct Tag {
  std::string name;
};

struct Item {
  std::string name;
  Field<double, Gt{0}> price;
  std::optional<int> count;
  std::vector<Tag> tags;
  bool active = true;
  Size size = Size::small;
  nlohmann::json extra = 1;
};

template <class T>
std::string errors_of(std::string_view text) {
  T value{};
  ValidationErrors errors;
  if (read_json(text, value, errors)) return "";
  Buffer out;
  write_errors_json(out, errors);
  return std::string(out.view());
}

std::string malformed(int at, const std::string& message) {
  return R"({"detail":[{"type":"json_invalid","loc":["body",)" + std::to_string(at) +
         R"(],"msg":"JSON decode error","input":{},"ctx":{"error":")" + message + R"("}}]})";
}

}  // namespace

TEST_CASE("a model is read") {
  Item item{};
  ValidationErrors errors;
  REQUIRE(read_json(R"( {"name" : "a\u00e9\ud83d\ude00", "price": 1.5, "other": [1,{"x":null}],
    "tags":[{"name":"t"}], "count": 3, "active": 0, "size":"large", "extra":{"a":[1]}} )",
                    item, errors));
  CHECK(item.name == "aé😀");
  CHECK(item.price == 1.5);
  CHECK(item.tags[0].name == "t");
  CHECK(item.count == 3);
  CHECK(!item.active);
  CHECK(item.size == Size::large);
  CHECK(item.extra.dump() == R"({"a":[1]})");
}

TEST_CASE("all errors are collected in the order of the fields") {
  CHECK(
      errors_of<Item>(R"({"size": "x", "tags": [{"name": 1}, {}], "price": 0, "extra": 0})") ==
      R"({"detail":[{"type":"missing","loc":["body","name"],"msg":"Field required","input":)"
      R"({"size":"x","tags":[{"name":1},{}],"price":0,"extra":0}},)"
      R"({"type":"greater_than","loc":["body","price"],"msg":"Input should be greater than 0",)"
      R"("input":0,"ctx":{"gt":0.0}},)"
      R"({"type":"string_type","loc":["body","tags",0,"name"],"msg":"Input should be a valid )"
      R"(string","input":1},{"type":"missing","loc":["body","tags",1,"name"],"msg":)"
      R"("Field required","input":{}},{"type":"enum","loc":["body","size"],"msg":)"
      R"("Input should be 'small' or 'large'","input":"x","ctx":{"expected":"'small' or 'large'"}}]})");
}

TEST_CASE("numbers are read leniently, but not beyond reason") {
  int value = 0;
  ValidationErrors errors;
  CHECK(read_json("3.0", value, errors));
  CHECK(value == 3);
  CHECK(read_json("\"-4\"", value, errors));
  CHECK(value == -4);
  CHECK(errors_of<int>("3.5").find("int_from_float") != std::string::npos);
  CHECK(errors_of<int>("9999999999").find("int_parsing_size") != std::string::npos);
  CHECK(errors_of<int>("null").find("int_type") != std::string::npos);
  CHECK(errors_of<std::vector<int>>("{}").find("list_type") != std::string::npos);
  CHECK(errors_of<Item>("[]").find("model_attributes_type") != std::string::npos);
}

TEST_CASE("a number beyond its type's range is none, as it could not be written again") {
  const auto not_finite = [](std::string_view loc, std::string_view input) {
    return R"({"detail":[{"type":"finite_number","loc":[)" + std::string(loc) +
           R"(],"msg":"Input should be a finite number","input":)" + std::string(input) + "}]}";
  };
  CHECK(errors_of<double>("1e999") == not_finite(R"("body")", "1e999"));
  CHECK(errors_of<double>("-1e999") == not_finite(R"("body")", "-1e999"));
  CHECK(errors_of<std::vector<float>>("[1e38,1e39]") == not_finite(R"("body",1)", "1e+39"));
  CHECK(errors_of<double>(std::string(400, '9')) == not_finite(R"("body")", std::string(400, '9')));
  CHECK(errors_of<int>("1e999") == not_finite(R"("body")", "1e999"));
  CHECK(errors_of<bool>("1e999").contains("bool_type"));
  CHECK(errors_of<nlohmann::json>(R"({"a":1e999})") == not_finite(R"("body")", R"({"a":1e999})"));
  CHECK(errors_of<Item>(R"({"name":"","price":1,"tags":[],"extra":[1e999]})") ==
        not_finite(R"("body","extra")", "[1e999]"));
  CHECK(errors_of<double>("1e308").empty());
  CHECK(errors_of<double>("1e-999").empty());
}

TEST_CASE("malformed text is one error with Python's message") {
  CHECK(errors_of<Item>("") == malformed(0, "Expecting value"));
  CHECK(errors_of<Item>(R"({"name":})") == malformed(8, "Expecting value"));
  CHECK(errors_of<Item>("{name}") ==
        malformed(1, "Expecting property name enclosed in double quotes"));
  CHECK(errors_of<Item>(R"({"a" 1})") == malformed(5, "Expecting ':' delimiter"));
  CHECK(errors_of<Item>(R"({"a":1 "b"})") == malformed(7, "Expecting ',' delimiter"));
  CHECK(errors_of<int>("1 2") == malformed(2, "Extra data"));
  CHECK(errors_of<int>("01") == malformed(1, "Extra data"));
  CHECK(errors_of<Item>(R"({"a)") == malformed(1, "Unterminated string starting at"));
  CHECK(errors_of<std::string>("\"a\nb\"") == malformed(2, "Invalid control character at"));
  CHECK(errors_of<std::string>(R"("a\x")") == malformed(2, "Invalid \\\\escape"));
  CHECK(errors_of<std::string>("\"\xff\"") == malformed(1, "Invalid UTF-8"));
  CHECK(errors_of<nlohmann::json>(std::string(200, '[')) == malformed(128, "Nesting too deep"));
}

TEST_CASE("the position of what is malformed counts characters") {
  CHECK(errors_of<Item>(R"({"ä😀":1 "b"})") == malformed(8, "Expecting ',' delimiter"));
  CHECK(errors_of<std::string>("\"é\" x") == malformed(4, "Extra data"));
}

TEST_CASE("the largest float is read as it is written") {
  float value = 0;
  ValidationErrors errors;
  CHECK(read_json("3.4028235e+38", value, errors));
  CHECK(value == std::numeric_limits<float>::max());
  CHECK(read_json("-3.4028235e+38", value, errors));
  CHECK(value == std::numeric_limits<float>::lowest());
  CHECK(errors_of<float>("3.4028236e+38").contains("finite_number"));
  CHECK(errors_of<float>("-1e999").contains("finite_number"));
}

TEST_CASE("of very many errors a thousand are told") {
  std::string text = "[0";
  for (int i = 1; i < 5'000; ++i) text += ",0";
  std::vector<std::string> value;
  ValidationErrors errors(1);
  CHECK_FALSE(read_json(text + "]", value, errors));
  REQUIRE(errors.size() == 1 + kMaxErrors);
  CHECK(std::get<std::int64_t>(errors.back().loc.back()) == kMaxErrors - 1);
  CHECK(errors_of<std::vector<std::string>>(text) == malformed(10'000, "Expecting ',' delimiter"));
}

TEST_CASE("errors are told up to a MiB of text, and the first however long it is") {
  const std::string half = "\"" + std::string(kMaxErrorText / 2 - 100, 'x') + "\"";
  std::vector<int> value;
  ValidationErrors errors;
  CHECK_FALSE(read_json("[" + half + "," + half + "," + half + ",null]", value, errors));
  CHECK(errors.size() == 2);
  errors.clear();
  const std::string large = "\"" + std::string(2 * kMaxErrorText, 'x') + "\"";
  CHECK_FALSE(read_json("[" + large + ",null]", value, errors));
  CHECK(errors.size() == 1);
  // A key is in the `loc` of each.
  std::map<std::string, std::vector<int>> map;
  errors.clear();
  CHECK_FALSE(read_json("{" + half + ":[null,null,null,null]}", map, errors));
  CHECK(errors.size() == 2);
}

TEST_CASE("errors of alternatives that did not fit leave room for others") {
  std::string text = "[";
  for (int i = 0; i < 2'000; ++i) text += R"("x",)";
  std::vector<std::variant<int, std::string>> value;
  ValidationErrors errors;
  CHECK_FALSE(read_json(text + "null]", value, errors));
  CHECK(errors.size() == 2);
  errors.clear();
  CHECK(read_json(text + "1]", value, errors));
}
