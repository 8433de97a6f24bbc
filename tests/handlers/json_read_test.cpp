// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_write.hpp>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
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

/// Larger than what needs no memory of its own.
struct Refusing {
  std::array<std::int64_t, 20> numbers = {};
  int refused = refuse();
  static int refuse() { throw std::runtime_error("not today"); }
  bool operator<(const Refusing& other) const { return refused < other.refused; }
};

struct Image {
  std::string url;
  int width = 100;
  std::optional<int> height;
};
struct Page {
  Image image;
  std::array<Image, 1> icons = {};
  std::map<std::string, Image> others;
  Field<Image, Required{false}> last;
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

// What a leak checker says of it is the test.
TEST_CASE("a value that throws while it is made leaves nothing behind") {
  std::set<Refusing> values;
  ValidationErrors errors;
  CHECK_THROWS_AS(read_json("[{}]", values, errors), std::runtime_error);
}

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
  CHECK(errors_of<bool>("9223372036854775808").contains("bool_type"));
  CHECK(errors_of<bool>("9e18").contains("bool_parsing"));
  // What is larger is an error and never another number.
  for (const char* integer : {"18446744073709551616", "-9223372036854775809"}) {
    const std::string errors = errors_of<nlohmann::json>("[" + std::string(integer) + "]");
    CHECK(errors.find("int_parsing_size") != errors.npos);
    CHECK(errors.find(integer) != errors.npos);
  }
  CHECK(errors_of<nlohmann::json>("[18446744073709551615,-9223372036854775808]").empty());
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

TEST_CASE("of a key that is there twice the last counts, whole") {
  Page page{};
  ValidationErrors errors;
  CHECK(read_json(R"({"image":{"url":"a","width":5,"height":1},"image":{"url":"b"},
    "icons":[{"url":"a","width":5}],"icons":[{"url":"b"}],
    "others":{"x":{"url":"a","width":5},"y":{"url":"c","width":6},"x":{"url":"b"}},
    "last":{"url":"a","width":5},"last":{"url":"b"}})",
                  page, errors));
  CHECK(page.image.url == "b");
  CHECK(page.image.width == 100);
  CHECK(!page.image.height);
  CHECK(page.icons[0].width == 100);
  CHECK(page.others["x"].width == 100);
  CHECK(page.others["y"].width == 6);
  CHECK(page.last->width == 100);
  CHECK(errors_of<Page>(R"({"image":{"url":"a"},"image":{}})").contains("missing"));
}

TEST_CASE("errors of a key count only where it is there for the last time") {
  CHECK(errors_of<Image>(R"({"url":1,"url":"a"})").empty());
  CHECK(errors_of<Page>(R"({"icons":[{"url":""}],"image":{"width":"x"},"image":{"url":"a"}})")
            .empty());
  CHECK(errors_of<std::map<std::string, int>>(R"({"a":"x","b":1,"a":1})").empty());
  CHECK(errors_of<Image>(R"({"width":"x","url":1,"url":"a"})") ==
        R"({"detail":[{"type":"int_parsing","loc":["body","width"],"msg":"Input should be a valid )"
        R"(integer, unable to parse string as an integer","input":"x"}]})");
  CHECK(errors_of<std::map<std::string, int>>(R"({"a":1,"b":null,"a":"x"})").contains("\"a\"]"));
}

// 1. Each key that comes again looks through all errors for those of its former value.
// 2. A MiB of such keys behind 999 errors did that a hundred thousand times: seven seconds.
TEST_CASE("errors of keys that come again are looked for so often and no more") {
  const auto members = [](const char* value) {
    std::string text;
    for (int i = 0; i < 999; ++i) text += "\"k" + std::to_string(i) + "\":" + value + ",";
    return text;
  };
  const auto read = [&](int again) {
    std::string text = "{" + members("null");
    for (int i = 0; i < again; ++i) text += R"("a":1,)";
    std::map<std::string, int> value;
    ValidationErrors errors;
    read_json(text + R"("k0":1})", value, errors);
    return errors.size();
  };
  CHECK(read(50) == 998);
  CHECK(read(500) == 999);
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

TEST_CASE("the position of what is malformed counts characters") {
  CHECK(errors_of<Item>(R"({"ä😀":1 "b"})") == malformed(8, "Expecting ',' delimiter"));
  CHECK(errors_of<std::string>("\"é\" x") == malformed(4, "Extra data"));
}
