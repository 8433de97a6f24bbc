// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_write.hpp>
#include <cstdint>
#include <json_again.hpp>
#include <limits>
#include <map>
#include <stdexcept>

using namespace capricorn;

namespace shop {

enum class Status { ok = 200, not_found = 404, gone = 410, teapot = 418 };
enum class Port { admin = 9001, metrics = 9100 };
enum class Fruit : std::uint8_t { apple, pear = 200, plum = 255 };
enum class Far : std::uint64_t { zero, most = std::numeric_limits<std::uint64_t>::max() };

}  // namespace shop

template <>
struct capricorn::EnumRange<shop::Port> {
  static constexpr std::int64_t kMin = 9000;
  static constexpr std::int64_t kMax = 9199;
};

namespace {

enum class Level : signed char { lowest = -128, low = -1, none, high = 100, highest = 127 };
enum class Edge { first = -128, last = 1023, beyond = 1024 };
enum class Choice : bool { no, yes };
enum Flags : unsigned { kNone = 0, kRead = 64, kWrite = 128 };

template <class E>
std::string written(E value) {
  Buffer out;
  write_json(out, value);
  return std::string(out.view());
}

}  // namespace

TEST_CASE("enumerators have values of -128 to 1023") {
  CHECK(type_info<shop::Status>().enumerators.size() == 4);
  CHECK(again<shop::Status>(R"("ok")") == R"("ok")");
  CHECK(again<shop::Status>(R"("teapot")") == R"("teapot")");
  CHECK(again<Edge>(R"("first")") == R"("first")");
  CHECK(again<Edge>(R"("last")") == R"("last")");
  CHECK(again<Flags>(R"("kWrite")") == R"("kWrite")");
}

TEST_CASE("an enum's narrow type does not change its values") {
  for (const char* text : {R"("lowest")", R"("low")", R"("none")", R"("high")", R"("highest")"}) {
    CHECK(again<Level>(text) == text);
  }
  for (const char* text : {R"("apple")", R"("pear")", R"("plum")"}) {
    CHECK(again<shop::Fruit>(text) == text);
  }
  CHECK(written(Level::low) == R"("low")");
  CHECK(written(shop::Fruit::pear) == R"("pear")");
  CHECK(again<Choice>(R"("yes")") == R"("yes")");
  CHECK(type_info<Level>().enumerators.size() == 5);
  CHECK(type_info<shop::Fruit>().enumerators.size() == 3);
  CHECK(type_info<shop::Far>().enumerators.size() == 1);
}

TEST_CASE("an EnumRange says where the others are") {
  CHECK(type_info<shop::Port>().enumerators.size() == 2);
  CHECK(again<shop::Port>(R"("metrics")") == R"("metrics")");
}

TEST_CASE("a value without a name is an error") {
  CHECK_THROWS_WITH_AS(written(Edge::beyond),
                       "the value 1024 of Edge has no name: no enumerator within its EnumRange "
                       "has it",
                       std::range_error);
  CHECK_THROWS_AS(written(static_cast<Flags>(kRead | kWrite)), std::range_error);
  CHECK_THROWS_AS(written(std::map<Edge, int>{{Edge::beyond, 1}}), std::range_error);
}
