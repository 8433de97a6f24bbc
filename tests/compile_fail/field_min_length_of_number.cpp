// expect: MinLength and MaxLength are for strings, vectors, sets and maps
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <string>

using namespace capricorn;

struct Item {
#ifdef CORRECT
  Field<int, Gt{0}> count;
#else
  Field<int, MinLength{1}> count;
#endif
};

const TypeInfo& item = type_info<Item>();
