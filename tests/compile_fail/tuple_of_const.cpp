// expect: the elements of a std::tuple or std::pair are neither const nor references
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

#include <string>
#include <utility>

using namespace capricorn;

struct Item {
  int id;
#ifdef CORRECT
  std::pair<std::string, int> count;
#else
  std::pair<const std::string, int> count;
#endif
};

const TypeInfo& item = type_info<Item>();
