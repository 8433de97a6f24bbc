// expect: a DefaultFactory is a function that gives the value, without arguments
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <vector>

using namespace capricorn;

struct Item {
#ifdef CORRECT
  Field<std::vector<int>, DefaultFactory{[] { return std::vector<int>{1}; }}> counts;
#else
  Field<std::vector<int>, DefaultFactory{[] { return "one"; }}> counts;
#endif
};

const TypeInfo& item = type_info<Item>();
