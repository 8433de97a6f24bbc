// expect: a model member is a number, bool, std::string, enum, optional, vector, map<std::string
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

class Item {
#ifdef CORRECT
 public:
#else
 private:
#endif
  int id;
};

const TypeInfo& item = type_info<Item>();
