// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_text.hpp>

using namespace capricorn;

namespace {

struct Four {
  int a;
  int b;
  int c;
  int d;
};

}  // namespace

TEST_CASE("JSON is written again compactly") {
  CHECK(compact_json(" { } ") == "{}");
  CHECK(compact_json("[ ]") == "[]");
  CHECK(compact_json("{ \"b\" : [ 1 , true,false , null ] ,\n\"a\\u00e9\\/\" : { \"\":\"\" } }") ==
        R"({"b":[1,true,false,null],"aé/":{"":""}})");
  CHECK(compact_json(R"(["\u0041\n\"\ud83d\ude00"])") == R"(["A\n\"😀"])");
  CHECK(compact_json("[1.50,1E2,-0,-0.0,1e-7,1e-999]") == "[1.5,100.0,0,-0.0,1e-07,0.0]");
}

TEST_CASE("a number that is none of ours is written again as it stands") {
  CHECK(compact_json("[ 123456789012345678901234567890 ]") == "[123456789012345678901234567890]");
  CHECK(compact_json("[ -9223372036854775809 ]") == "[-9223372036854775809]");
  CHECK(compact_json(R"({"a": 1e999})") == R"({"a":1e999})");
}

TEST_CASE("what is no JSON stays as it is") {
  for (const std::string_view text :
       {"", " ", "[1, 2", "1 2", "{\"a\": }", "nul", "\"\xff\"", "01"})
    CHECK(compact_json(text) == text);
}

// A missing member's input is the whole object:
//   1. it was read into a tree whose insertion is linear in its members,
//   2. once for each member that is missing,
//   3. and the loop stood still for half a minute for a body of 1 MiB.
TEST_CASE("an object of very many keys is written again in time") {
  std::string text = "{";
  for (int i = 0; i < 400'000; ++i) {
    if (i != 0) text += ',';
    text += '"' + std::to_string(i) + "\":0";
  }
  text += '}';
  Four four{};
  ValidationErrors errors;
  CHECK_FALSE(read_json(text, four, errors));
  CHECK(errors.at(0).input_json == text);
}
