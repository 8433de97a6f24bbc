// expect: a Default is a number for a number, a text for a std::string
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <string>

using namespace capricorn;

struct Item {
#ifdef CORRECT
  Field<int, Default{1}> count;
#else
  Field<int, Default{"one"}> count;
#endif
};

const TypeInfo& item = type_info<Item>();
