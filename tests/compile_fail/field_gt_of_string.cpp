// expect: Gt, Ge, Lt, Le and MultipleOf are for numbers
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <string>

using namespace capricorn;

struct Item {
#ifdef CORRECT
  Field<std::string, MinLength{1}> name;
#else
  Field<std::string, Gt{0}> name;
#endif
};

const TypeInfo& item = type_info<Item>();
