// expect: a model has no base classes
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

struct Base {
  int number;
};

#ifdef CORRECT
struct Item {
  Base base;
  int id;
};
#else
struct Item : Base {
  int id;
};
#endif

const TypeInfo& item = type_info<Item>();
