// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/ordered_dom.hpp>

#include <nlohmann/json.hpp>
#include <string>

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

Json read(std::string_view text) {
  Json value;
  CHECK(read_ordered_dom(text, value));
  return value;
}

}  // namespace

TEST_CASE("members keep the order of the text") {
  for (const char* text :
       {"null", "true", "-7", "18446744073709551615", "2.5", R"("a\u00e9\n")", "[]", "{}",
        R"({"z":1,"a":{"y":[{"b":null},{"a":[]}],"x":{}},"m":[[],[[1],2],"t"]})"}) {
    CAPTURE(text);
    CHECK(read(text).dump() == Json::parse(text).dump());
    CHECK(read(text) == Json::parse(text));
  }
}

TEST_CASE("the last of equal keys wins, in the first one's place") {
  CHECK(read(R"({"a":{"x":1},"b":2,"a":{"y":[3]}})").dump() == R"({"a":{"y":[3]},"b":2})");
  CHECK(read(R"({"a":1,"a":[{"a":2,"b":3,"a":4}],"c":5})").dump() ==
        R"({"a":[{"a":4,"b":3}],"c":5})");
}

TEST_CASE("a number beyond double is no value") {
  Json value = 1;
  CHECK_FALSE(read_ordered_dom(R"({"a":[1e400]})", value));
  CHECK(value.is_null());
}

// By one look through all members for each of them this is an afternoon's work.
TEST_CASE("many keys of a body are read as fast as few") {
  std::string text = "{";
  for (int i = 0; i < 300'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  text.back() = '}';
  Json value;
  ValidationErrors errors;
  CHECK(read_json(text, value, errors));
  CHECK(value.size() == 300'000);
  CHECK(value.back() == 0);
}
