// expect: a computed field is a model or another value that JSON has
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>
#include <string_view>

using namespace capricorn;

struct Item {
  std::string name;
#ifdef CORRECT
  std::string label() const { return name; }
#else
  std::string_view label() const { return name; }
#endif
  static constexpr ComputedFields<&Item::label> computed_fields{};
};

const TypeInfo& info = type_info<Item>();
