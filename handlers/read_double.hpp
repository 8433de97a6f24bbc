// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "short_decimal.hpp"

namespace capricorn::detail {

/// Infinity or zero: what a decimal number comes to for which std::from_chars says that it is out
/// of range. std::strtod would say it too, but reads by the locale.
double out_of_range_double(std::string_view text) noexcept;

/// The same as read_double, for any number.
double read_long_decimal(std::string_view text) noexcept;

/// The number that JSON's `text` is: infinity where it is beyond double, zero where it is too
/// small, as Python reads it.
inline double read_double(std::string_view text) noexcept {
  double number = 0;
  return read_short_decimal(text, number) ? number : read_long_decimal(text);
}

}  // namespace capricorn::detail
