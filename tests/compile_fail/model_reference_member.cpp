// expect: a model is made without arguments: it has no references
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
  std::string name;
#else
  std::string& name;
#endif
};

const TypeInfo& item = type_info<Item>();
