// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/json_dom.hpp>

#include <nlohmann/json.hpp>
#include <string>

using namespace capricorn;
using nlohmann::json;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

/// What `parse_json` says of a text that it refuses.
std::string error_of(std::string_view text) {
  CHECK_FALSE(try_parse_json(text));
  try {
    return parse_json(text).dump();
  } catch (const json::parse_error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("JSON of anybody's becomes nlohmann's value") {
  const std::string text = R"({"a":[1,-2.5,true,null],"b":"x"})";
  CHECK(parse_json(text) == json::parse(text));
  CHECK(try_parse_json(text) == json::parse(text));
  CHECK(parse_json("\xef\xbb\xbf 1") == 1);
  CHECK(error_of("[1,]") ==
        "[json.exception.parse_error.101] parse error at byte 4: Expecting value");
  CHECK(error_of("1 2").ends_with("at byte 3: Extra data"));
  CHECK(error_of("").ends_with("Expecting value"));
  CHECK_THROWS_AS(parse_json("1e400"), json::out_of_range);
  CHECK_FALSE(try_parse_json("1e400"));
}

TEST_CASE("JSON too deep to be copied is no JSON") {
  CHECK(parse_json(nested(128)).dump() == nested(128));
  CHECK(error_of(nested(129)).ends_with("at byte 129: Nesting too deep"));
  CHECK(error_of(nested(100'000)).ends_with("Nesting too deep"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  CHECK(error_of(objects).ends_with("Nesting too deep"));
}

TEST_CASE("an integer of more than 64 bits is an error, and never another number") {
  CHECK(parse_json("18446744073709551615").get<std::uint64_t>() == UINT64_MAX);
  CHECK(parse_json("-9223372036854775808").get<std::int64_t>() == INT64_MIN);
  CHECK(parse_json("-0") == 0);
  CHECK(error_of("18446744073709551616").ends_with("Integer does not fit into 64 bits"));
  CHECK(error_of(R"({"a":[-9223372036854775809]})").ends_with("does not fit into 64 bits"));
  CHECK(parse_json("18446744073709551617.0") == 18446744073709551617.0);
  CHECK(parse_json("1e20") == 1e20);
}
