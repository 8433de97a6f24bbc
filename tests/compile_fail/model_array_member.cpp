// expect: a model has no C arrays
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
  std::vector<int> numbers;
#else
  int numbers[3];
#endif
};

const TypeInfo& item = type_info<Item>();
