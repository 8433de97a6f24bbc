// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/handlers/type_info.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace capricorn;

namespace {

enum class Colour { red, green, dark_blue = 7 };
enum Plain : int { kOne = 1, kTwo };

template <class T, class U>
struct Pair {
  T first;
  U second;
};

struct Node {
  int value;
  std::vector<Node> children;
};

struct Everything {
  bool flag;
  int id = 4;
  std::string name;
  std::string greeting = "hello";
  double price;
  std::optional<int> limit;
  std::vector<std::string> tags;
  std::map<std::string, int> counts;
  Colour colour;
  Plain plain = kTwo;
  Field<int, Gt{0}> positive;
  Field<int, Default{3}> three;
  Pair<int, std::string> pair;
  Node node;
};

struct Wide {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5;
};

}  // namespace

TEST_CASE("a model's table has the names of its members") {
  const TypeInfo& info = type_info<Everything>();
  CHECK(info.kind == TypeKind::kModel);
  CHECK(info.name == "Everything");
  REQUIRE(info.fields.size() == 14);
  const char* names[] = {"flag",   "id",     "name",  "greeting", "price", "limit", "tags",
                         "counts", "colour", "plain", "positive", "three", "pair",  "node"};
  for (std::size_t i = 0; i < 14; ++i) CHECK(info.fields[i].name == names[i]);
  CHECK(info.fields[5].type->kind == TypeKind::kOptional);
  CHECK(info.fields[13].type->fields[1].type->element == info.fields[13].type);
}

TEST_CASE("a member without a visible initialiser is required") {
  const ModelLayout& layout = type_info<Everything>().layout();
  const bool required[] = {true,  false, true,  false, true,  false, false,
                           false, true,  false, true,  false, true,  true};
  for (std::size_t i = 0; i < 14; ++i) CHECK(layout.is_required(i) == required[i]);
}

TEST_CASE("a layout knows where the members are") {
  const ModelLayout& layout = type_info<Everything>().layout();
  Everything object{};
  const auto* base = reinterpret_cast<const unsigned char*>(&object);
  CHECK(base + layout.offsets[4] == reinterpret_cast<const unsigned char*>(&object.price));
  CHECK(base + layout.offsets[13] == reinterpret_cast<const unsigned char*>(&object.node));
}

TEST_CASE("a model may have thirty-two members") {
  CHECK(type_info<Wide>().fields.size() == 32);
  CHECK(type_info<Wide>().fields[31].name == "d5");
}

TEST_CASE("a local struct is a model") {
  struct Local {
    int only;
  };
  CHECK(type_info<Local>().name == "Local");
  CHECK(type_info<Local>().fields[0].name == "only");
}

TEST_CASE("enumerators are known by name") {
  const TypeInfo& info = type_info<Colour>();
  REQUIRE(info.enumerators.size() == 3);
  CHECK(info.enumerators[2].name == "dark_blue");
  CHECK(info.enumerators[2].value == 7);
  CHECK(type_info<Plain>().enumerators.size() == 2);
}

TEST_CASE("a field compares like its value") {
  Field<std::string, MinLength{1}> name = "abc";
  CHECK(name == "abc");
  CHECK(std::string_view(name) == "abc");
  CHECK(name->size() == 3);
  Field<int, Gt{0}, Le{9}> number = 4;
  CHECK(number == 4);
  CHECK(number < 5);
  CHECK(*number + 1 == 5);
  CHECK(*Field<std::string, Default{"may"}>() == "may");
}
