// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/json_read.hpp>

#include <string>
#include <vector>

using namespace capricorn;

namespace {

struct Order {
  std::vector<int> items;
  std::string note;
};
/// As users write it: something for each element that is wrong.
void validate(const Order& order, Validation& validation) {
  for (const int item : order.items) {
    if (item < 0) validation.error(order.note.empty() ? "note" : "items", "an item is negative");
  }
}

struct Pair {
  int low = 0;
  int high = 0;
};
void validate(const Pair& pair, Validation& validation) {
  if (pair.low <= pair.high) return;
  validation.error("high", "is less than low");
  validation.error("no member", "is told all the same");
  validation.error("as a whole");
}

std::string order(std::size_t items, const std::string& note) {
  std::string text = "{\"items\":[-1";
  for (std::size_t i = 1; i < items; ++i) text += ",-1";
  return text + "],\"note\":\"" + note + "\"}";
}

}  // namespace

TEST_CASE("what a validate says has the input of its member, and of the model as a whole") {
  Pair pair;
  ValidationErrors errors;
  CHECK_FALSE(read_json(R"({"low": 2, "high": 3, "high" : 1, "more": [ ]})", pair, errors));
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].msg == "Value error, is less than low");
  CHECK(join_loc(errors[0].loc) == "body.high");
  CHECK(errors[0].input_json == "1");
  CHECK(join_loc(errors[1].loc) == "body.no member");
  CHECK(errors[1].input_json.empty());
  CHECK(join_loc(errors[2].loc) == "body");
  CHECK(errors[2].input_json == R"({"low":2,"high":3,"high":1,"more":[]})");
}

TEST_CASE("a validate that finds fault with each of many elements tells as many as a document") {
  Order read;
  ValidationErrors errors;
  CHECK_FALSE(read_json(order(5000, ""), read, errors));
  CHECK(errors.size() == kMaxErrors);
}

TEST_CASE("what a validate says has no more text together than a document's errors") {
  Order read;
  ValidationErrors errors;
  CHECK_FALSE(read_json(order(20000, "a"), read, errors));
  std::size_t text = 0;
  for (const ErrorDetail& error : errors) text += error.input_json.size();
  CHECK(text > kMaxErrorText / 2);
  CHECK(text <= kMaxErrorText);
}
