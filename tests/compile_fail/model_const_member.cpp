// expect: a model has no const members
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
  const std::string name;
#endif
};

const TypeInfo& item = type_info<Item>();
