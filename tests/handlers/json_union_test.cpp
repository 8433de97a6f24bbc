// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_write.hpp>
#include <json_again.hpp>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

using namespace capricorn;

namespace {

struct Node {
  std::vector<std::variant<Node, std::int64_t>> kids;
};

struct Right;
struct Left {
  std::vector<std::variant<Left, Right>> kids;
};
struct Right {
  std::vector<std::variant<Left, Right>> kids;
};

struct Leaf {
  std::string name;
  int x = 1;
};
struct Branch {
  std::string name;
  std::string of = "no tree, and a text that is too long to lie in its string";
  int x = 2;
};
struct Stone {
  std::string name;
  int y = 3;
};

enum class Size { small, large };

struct Cat {
  Literal<"cat"> kind;
};
struct Dog {
  Literal<"dog", "wolf"> kind;
};

std::string nested(int levels, std::string inmost) {
  for (int i = 0; i < levels; ++i) inmost = R"({"kids":[)" + inmost + "]}";
  return inmost;
}

/// Where the errors are, and their types.
template <class T>
std::string places(std::string_view text) {
  T value{};
  ValidationErrors errors;
  read_json(text, value, errors);
  std::string all;
  for (const ErrorDetail& error : errors) {
    all += (all.empty() ? "" : " ") + join_loc(error.loc) + ":" + error.type;
  }
  return all;
}

}  // namespace

// A union read each alternative, and then the best again:
//   1. of a model that holds its like in a union both readings did so at each level,
//   2. and 24 levels took half a minute.
TEST_CASE("a union of models that hold their like is read once") {
  CHECK(again<Node>(nested(60, "1")) == nested(60, "1"));
  CHECK(again<std::variant<std::int64_t, Node>>(nested(60, "1,2")) == nested(60, "1,2"));
}

TEST_CASE("what fails in a deep union has the errors of all alternatives") {
  CHECK(places<Node>(nested(1, "null")) ==
        "body.kids.0.Node:model_attributes_type body.kids.0.int:int_type");
  CHECK(places<Node>(nested(2, "null")) ==
        "body.kids.0.Node.kids.0.Node:model_attributes_type body.kids.0.Node.kids.0.int:int_type "
        "body.kids.0.int:int_type");
  CHECK(places<std::variant<std::int64_t, Node>>(nested(1, "1.5")) ==
        "body.int:int_type body.Node.kids.0.Node:model_attributes_type "
        "body.Node.kids.0.int:int_from_float");
  CHECK_FALSE(places<Node>(nested(60, "null")).empty());
}

TEST_CASE("enums, and the keys of maps, have pydantic's names in the errors of a union") {
  using Choice = std::variant<Size, std::map<Size, int>, std::map<int, int>,
                              std::vector<Literal<"a">>, std::map<std::string, int>>;
  CHECK(places<Choice>("null") ==
        "body.str-enum[Size]:enum body.dict[str-enum[Size],int]:dict_type "
        "body.dict[int,int]:dict_type body.list[literal['a']]:list_type "
        "body.dict[str,int]:dict_type");
}

TEST_CASE("a union with a Discriminator has pydantic's name in the errors of another") {
  using Pet = Field<std::optional<std::variant<Cat, Dog>>, Discriminator{"kind"}>;
  CHECK(places<std::variant<std::pair<int, Pet>, std::vector<int>>>("null") ==
        "body.tuple[int, nullable[tagged-union[Cat,Dog,Dog]]]:tuple_type "
        "body.list[int]:list_type");
}

TEST_CASE("alternatives that share what they hold are read as often as is bearable") {
  CHECK(again<Left>(nested(6, "")) == nested(6, ""));
  CHECK(places<Left>(nested(6, "null")).contains("Right.kids.0.Left:model_attributes_type"));
  CHECK(again<Left>(nested(60, "")) ==
        R"({"detail":[{"type":"union_too_nested","loc":["body"],"msg":)"
        R"("Input has unions within unions that take too long to tell apart","input":null}]})");
}

TEST_CASE("a union by itself is read whatever its size") {
  std::string text = R"([{"name":"a","of":"b"})";
  for (int i = 0; i < 100'000; ++i) text += R"(,{"name":""})";
  std::vector<std::variant<Leaf, Stone, Branch>> value;
  ValidationErrors errors;
  CHECK(read_json(text + "]", value, errors));
  CHECK(value.at(0).index() == 2);
  CHECK(value.at(1).index() == 0);
}

TEST_CASE("the best alternative is kept while others are tried") {
  using Thing = std::variant<Leaf, Branch, Stone>;
  const std::string of = std::string(100, 'o');
  CHECK(again<Thing>(R"({"name":"n","of":")" + of + R"(","x":5})") ==
        R"({"name":"n","of":")" + of + R"(","x":5})");
  CHECK(again<Thing>(R"({"name":"n","x":5})") == R"({"name":"n","x":5})");
  CHECK(again<Thing>(R"({"name":"n","y":5})") == R"({"name":"n","y":5})");
  CHECK(again<Thing>(R"({"name":"n"})") == R"({"name":"n","x":1})");
  CHECK(again<std::variant<bool, double, std::string>>("2") == "2.0");
}
