// expect: a constraint is one of Gt, Ge, Lt, Le, MultipleOf, MinLength, MaxLength and Default
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <string>

using namespace capricorn;

struct Item {
#ifdef CORRECT
  Field<int, Gt{5}> count;
#else
  Field<int, 5> count;
#endif
};

const TypeInfo& item = type_info<Item>();
