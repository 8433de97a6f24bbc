// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <json_again.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <vector>

using namespace capricorn;
using nlohmann::json;

namespace {

enum class Size { small, large };
using Weights = std::map<int, double>;

/// Numbers that come into one bucket of a table that has so many, they themselves or their texts.
template <class Key>
std::vector<std::uint32_t> numbers_of_one_bucket(std::size_t count) {
  std::unordered_set<std::uint32_t> table;
  for (std::uint32_t i = 0; i < count; ++i) table.insert(i);
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; found.size() < count; ++i) {
    std::size_t hash = 0;
    if constexpr (std::is_same_v<Key, std::string>) {
      hash = std::hash<std::string>()(std::to_string(i));
    } else {
      hash = std::hash<Key>()(i);
    }
    if (hash % table.bucket_count() == 0) found.push_back(i);
  }
  return found;
}

/// "[1,2]", `["1","2"]`, `{"1":0,"2":0}`.
std::string written(const std::vector<std::uint32_t>& numbers, std::string_view around,
                    std::string_view before, std::string_view behind) {
  std::string text;
  for (const std::uint32_t number : numbers) {
    text.append(text.empty() ? "" : ",").append(before) += std::to_string(number);
    text += behind;
  }
  return around[0] + text + around[1];
}

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

// 1. A client sends keys whose hashes, which have no secret, all belong into one bucket.
// 2. Each of them is compared with all before it: of 100,000 in a MiB that takes many seconds.
// 3. The loop serves nobody meanwhile.
TEST_CASE("keys that were chosen for their hash are refused") {
  constexpr std::size_t kMany = 600;
  const auto numbers = numbers_of_one_bucket<int>(kMany);
  const auto texts = numbers_of_one_bucket<std::string>(kMany);
  const auto is_refused = [](const std::string& answer) {
    return answer.contains(R"({"type":"hash_collisions","loc":["body",)") &&
           answer.contains(R"("msg":"Input has too many keys with the same hash","input":)");
  };
  CHECK(is_refused(again<std::unordered_set<int>>(written(numbers, "[]", "", ""))));
  CHECK(is_refused(again<std::unordered_map<int, int>>(written(numbers, "{}", "\"", "\":0"))));
  CHECK(is_refused(again<std::unordered_set<std::string>>(written(texts, "[]", "\"", "\""))));
  CHECK(
      is_refused(again<std::unordered_map<std::string, int>>(written(texts, "{}", "\"", "\":0"))));

  const std::string all = written(numbers, "[]", "", "");
  CHECK(again<std::set<int>>(all) == all);  // has no hash
  std::vector<std::uint32_t> usual(100'000);
  for (std::uint32_t i = 0; i < usual.size(); ++i) usual[i] = 1000 * i;
  CHECK(json::parse(again<std::unordered_set<int>>(written(usual, "[]", "", ""))).size() ==
        usual.size());
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
