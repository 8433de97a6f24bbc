// expect: an Alias has no quotes, backslashes or control characters
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/field.hpp>

using namespace capricorn;

#ifdef CORRECT
Field<int, Alias{"item-query"}> field = 1;
#else
Field<int, Alias{"item\"query"}> field = 1;
#endif
