// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <cstdint>
#include <json_again.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

using namespace capricorn;
using nlohmann::json;

namespace {

enum class Size { small, large };
using Weights = std::map<int, double>;

}  // namespace

TEST_CASE("the keys of a map may be integers") {
  CHECK(again<Weights>(R"({"10":1,"-2":2.5})") == R"({"-2":2.5,"10":1.0})");
  CHECK(again<std::unordered_map<std::uint8_t, int>>(R"({"255":1})") == R"({"255":1})");
  CHECK(again<Weights>(R"({"1":1,"01":2," 1.0 ":3})") == R"({"1":3.0})");
  CHECK(again<Weights>("{}") == "{}");
  CHECK(again<Weights>(R"({"x":1})") ==
        R"({"detail":[{"type":"int_parsing","loc":["body","x","[key]"],"msg":"Input should be a )"
        R"(valid integer, unable to parse string as an integer","input":"x"}]})");
  CHECK(again<std::map<std::uint8_t, int>>(R"({"256":1})").contains("int_parsing_size"));
}

TEST_CASE("the keys of a map may be what a text is read into") {
  using Visits = std::map<Date, int>;
  CHECK(again<Visits>(R"({"2026-01-02":1,"2025-12-31":2})") ==
        R"({"2025-12-31":2,"2026-01-02":1})");
  CHECK(again<Visits>(R"({"soon":1})").contains("date_from_datetime_parsing"));
  CHECK(again<std::map<Uuid, int>>(R"({"00000000000000000000000000000001":1})") ==
        R"({"00000000-0000-0000-0000-000000000001":1})");
  CHECK(again<std::map<AnyUrl, int>>(R"({"x:a\\b\"c":1})") == R"({"x:a\\b\"c":1})");
}

TEST_CASE("of a key that is none the value is looked at, too") {
  for (const std::string& text :
       {again<Weights>(R"({"x":"y"})"), again<std::map<Size, double>>(R"({"x":"y"})")}) {
    const json detail = json::parse(text)["detail"];
    REQUIRE(detail.size() == 2);
    CHECK(detail[0]["loc"] == json{"body", "x", "[key]"});
    CHECK(detail[1]["loc"] == json{"body", "x"});
    CHECK(detail[1]["type"] == "float_parsing");
  }
}

TEST_CASE("the document tells of a map's keys what JSON schema can say") {
  struct Maps {
    Weights weights;
    std::map<Date, int> visits;
    std::map<Decimal, int> prices;
    std::map<Size, int> counts;
  };
  App app;
  app.post("/", [](Body<Maps>) -> Task<> { co_return; });
  const auto& members = app.openapi()["components"]["schemas"]["Maps"]["properties"];
  CHECK_FALSE(members["weights"].contains("propertyNames"));
  CHECK(members["visits"]["propertyNames"] == json{{"format", "date"}});
  CHECK_FALSE(members["prices"].contains("propertyNames"));
  CHECK(members["counts"]["propertyNames"]["$ref"] == "#/components/schemas/Size");
}
