// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/handlers/json_write.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace capricorn;

namespace {

enum class Mood { good, bad };

struct Item {
  int id;
  std::string name;
};

struct Order {
  std::vector<Item> items;
  std::map<std::string, double> prices;
  std::optional<std::string> note;
  Mood mood;
  bool paid;
  Field<int, Gt{0}> count = 1;
  nlohmann::json extra;
};

template <class T>
std::string written(const T& value) {
  Buffer out;
  write_json(out, value);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("a model is written compactly") {
  CHECK(written(Item{42, "Alice"}) == R"({"id":42,"name":"Alice"})");
}

TEST_CASE("all kinds are written") {
  Order order{{{1, "a"}, {2, "b"}}, {{"x", 3.0}, {"y", 0.1}}, {}, Mood::bad, true, 7,
              {{"k", {1, 2.0}}}};
  CHECK(written(order) ==
        R"({"items":[{"id":1,"name":"a"},{"id":2,"name":"b"}],"prices":{"x":3.0,"y":0.1},)"
        R"("note":null,"mood":"bad","paid":true,"count":7,"extra":{"k":[1,2.0]}})");
  CHECK(written(Order{}.items) == "[]");
  CHECK(written(Order{}.prices) == "{}");
}

TEST_CASE("text is escaped and stays UTF-8") {
  CHECK(written(std::string("a\"\\\n\x01é")) == "\"a\\\"\\\\\\n\\u0001é\"");
  CHECK(written(std::string("x\xff\xe2\x82y")) == "\"x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\"");
}

TEST_CASE("numbers read like Python's") {
  CHECK(written(3.0) == "3.0");
  CHECK(written(1e22) == "1e+22");
  CHECK(written(-0.5f) == "-0.5");
  CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK_THROWS_WITH_AS(written(std::numeric_limits<double>::infinity()),
                       doctest::Contains("Field<double, AllowInfNan{false}> refuses it"),
                       std::range_error);
}
