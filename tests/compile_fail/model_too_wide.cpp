// expect: a model has 1 to 32 members
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

struct Item {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4;
#ifdef CORRECT
  int d5;
#else
  int d5, d6;
#endif
};

const TypeInfo& item = type_info<Item>();
