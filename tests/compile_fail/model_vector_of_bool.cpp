// expect: std::vector<bool> has no elements to point at
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
  std::vector<int> flags;
#else
  std::vector<bool> flags;
#endif
};

const TypeInfo& item = type_info<Item>();
