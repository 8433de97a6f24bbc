// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/text_table.hpp>

#include <string>

using namespace capricorn;

TEST_CASE("a table finds each text, and no other") {
  TextTable<int> table;
  CHECK_FALSE(table.find(""));
  CHECK_FALSE(table.find("/a"));
  // Of every length around the words that are hashed, and many enough to grow often.
  std::string text;
  for (int i = 0; i < 40; ++i, text += 'x') table[text] = i;
  for (int i = 0; i < 5000; ++i) table["/items/" + std::to_string(i)] = 1000 + i;

  text.clear();
  for (int i = 0; i < 40; ++i, text += 'x') {
    CAPTURE(text);
    REQUIRE(table.find(text));
    CHECK(*table.find(text) == i);
  }
  CHECK_FALSE(table.find(text));
  for (int i = 0; i < 5000; ++i) {
    const int* found = table.find("/items/" + std::to_string(i));
    REQUIRE(found);
    CHECK(*found == 1000 + i);
  }
  CHECK_FALSE(table.find("/items/5000"));
  CHECK_FALSE(table.find("/items/1 "));
}

TEST_CASE("a text of a table has one value, in the order of the first") {
  TextTable<std::string> table;
  table["b"] = "1";
  table["a"] = "2";
  table["b"] += "3";
  std::string all;
  for (const auto& [text, value] : table) all += text + value;
  CHECK(all == "b13a2");
}
