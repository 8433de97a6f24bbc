// expect: non-const reference cannot bind to bit-field 'flag' | cannot bind bit-field
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
  unsigned flag;
#else
  unsigned flag : 3;
#endif
};

const TypeInfo& item = type_info<Item>();
