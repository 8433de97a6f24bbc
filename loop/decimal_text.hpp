// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <string>

namespace capricorn {

/// A number for programs to read: with so many decimals, behind a point. snprintf would write a
/// comma where an application has called setlocale.
inline std::string decimal_text(double value, int decimals) {
  char text[400];  // the largest has 309 digits before the point
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals);
  return std::string(text, end.ptr);
}

}  // namespace capricorn
