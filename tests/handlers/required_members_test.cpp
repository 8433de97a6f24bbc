// SPDX-License-Identifier: MIT
#include "../../handlers/openapi/json_schemas.hpp"

#include <doctest/doctest.h>

#include <array>
#include <capricorn/handlers/date_time.hpp>
#include <capricorn/handlers/parameters.hpp>
#include <capricorn/handlers/uuid.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

int next_number() {
  static int number = 0;
  return ++number;
}

struct Size {
  int width;
  int height = 1;
};
struct Label {
  std::string text = "none";
  Uuid id = uuid4();
  std::vector<int> lines{1, 2};
};
struct Money {
  long cents;
};
void to_json(nlohmann::json& json, const Money& money) { json = money.cents; }

struct Bare {
  Uuid id;
  Date date;
  Time time;
  DateTime moment;
  std::chrono::sys_seconds system;
  std::chrono::seconds duration;
  Size size;
  Label label;
  std::variant<int, std::string> either;
  nlohmann::json json;
  std::array<int, 2> pair;
  std::array<std::string, 2> words;
  std::array<std::optional<int>, 2> maybe;
  Field<Time> field;
  Money money;
};

struct Initialised {
  Uuid id{};
  Date date{std::chrono::year(2032), std::chrono::April, std::chrono::day(23)};
  Time time{10, 30};
  DateTime moment{Date(), Time(10, 30)};
  std::chrono::sys_seconds system{1s};
  std::chrono::seconds duration{0};
  Size size{.width = 0};
  Label label{.text = "some"};
  std::variant<int, std::string> either = 5;
  nlohmann::json json = nlohmann::json::object();
  std::array<int, 2> pair{};
  std::array<std::string, 2> words{"", "b"};
  std::array<std::optional<int>, 2> maybe{1};
  Field<Time> field = Time(0, 0);
  Field<Money, Required{false}> money;
};

struct Fresh {
  Uuid id = uuid4();
  int number = next_number();
  Field<int, Ge{0}> checked = next_number();
  std::string text = "number " + std::to_string(next_number());
  std::optional<int> maybe = next_number();
  int constant = 7;
};

template <class T>
std::string required_members() {
  std::string names;
  for (std::size_t i = 0; i < type_info<T>().fields.size(); ++i) {
    if (type_info<T>().layout().is_required(i)) {
      names += std::string(type_info<T>().fields[i].name) + ' ';
    }
  }
  return names;
}

}  // namespace

TEST_CASE("a member without an initialiser is required, whatever its type") {
  CHECK(required_members<Bare>() ==
        "id date time moment system duration size label either json pair words maybe field money ");
}

TEST_CASE("a member with an initialiser is not required, whatever its type") {
  CHECK(required_members<Initialised>() == "");
}

TEST_CASE("a member whose initialiser gives another value each time is not required") {
  CHECK(required_members<Fresh>() == "");
  for (std::size_t i = 0; i < 5; ++i) CHECK(type_info<Fresh>().layout().is_generated(i));
  CHECK_FALSE(type_info<Fresh>().layout().is_generated(5));
  CHECK(type_info<Bare>().layout().generated == 0);
  CHECK(type_info<Initialised>().layout().generated == 1U << 7);  // its label has an id
}

TEST_CASE("a default that is another each time is not in the document") {
  const TypeInfo* const inputs[] = {&type_info<Fresh>()};
  const auto members = JsonSchemas(inputs).members(type_info<Fresh>());
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK_FALSE(members[i]["required"].get<bool>());
    CHECK_FALSE(members[i]["schema"].contains("default"));
  }
  CHECK(members[5]["schema"]["default"] == 7);
}
