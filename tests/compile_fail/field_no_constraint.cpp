// expect: an option of a field is a constraint (Gt, Ge, Lt, Le, MultipleOf, MinLength, MaxLength
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
