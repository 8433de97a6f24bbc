// expect: an enum needs a fixed underlying type: enum class, enum : int
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

#ifdef CORRECT
enum Colour : int { kRed };
#else
enum Colour { kRed };
#endif

const TypeInfo& item = type_info<Colour>();
