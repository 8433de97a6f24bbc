// expect: an enum needs enumerators with values of -128 to 1023, or an EnumRange
// SPDX-License-Identifier: MIT
#include <capricorn/handlers/type_info.hpp>

using namespace capricorn;

enum class Port { kAdmin = 9001 };

#ifdef CORRECT
template <>
struct capricorn::EnumRange<Port> {
  static constexpr std::int64_t kMin = 9000, kMax = 9099;
};
#endif

const TypeInfo& item = type_info<Port>();
