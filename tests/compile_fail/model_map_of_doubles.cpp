// expect: a model member is a number, bool, std::string, enum, optional, vector, map<std::string
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace capricorn;

struct Item {
  int id;
#ifdef CORRECT
  std::map<int, std::string> names;
#else
  std::map<double, std::string> names;
#endif
};

const TypeInfo& item = type_info<Item>();
