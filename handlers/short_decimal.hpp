// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

/// Numbers of few digits, as most are that people write: read and written with one division, where
/// std::from_chars and std::to_chars do for any number. What is given is what those would give.
namespace capricorn::detail {

/// The number that JSON's `text` is. False where it has an exponent or more than fifteen characters
/// behind its sign; then `value` is left as it was.
inline bool read_short_decimal(std::string_view text, double& value) noexcept {
  // Each of them is a double as it stands, and so are fifteen digits without their point: the
  // quotient is the double that is nearest to the text (W. D. Clinger, PLDI 1990).
  static constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                                            1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.size() > 15) return false;
  std::uint64_t digits = 0;
  std::size_t decimals = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      decimals = text.size() - i - 1;
      continue;
    }
    const auto digit = static_cast<unsigned char>(text[i] - '0');
    if (digit > 9) return false;
    digits = digits * 10 + digit;
  }
  const double size = static_cast<double>(digits) / kPowersOfTen[decimals];
  value = negative ? -size : size;
  return true;
}

/// Writes a number that has no more than six decimals and is less than 1e9: the shortest text that
/// reads back the same, at least one decimal, no exponent. Its end, or null for another number.
/// `at` has room for 20 characters.
inline char* write_short_decimal(char* at, double value) noexcept {
  constexpr std::uint64_t kScale = 1'000'000;
  const double size = std::abs(value);
  if (!(size < 1e9)) return nullptr;
  const auto digits = static_cast<std::uint64_t>(size * double(kScale) + 0.5);
  // No two texts of fifteen digits read back the same (DBL_DIG), so where these do, no other is as
  // short.
  if (static_cast<double>(digits) / double(kScale) != size) return nullptr;
  if (std::signbit(value)) *at++ = '-';
  at = std::to_chars(at, at + 10, digits / kScale).ptr;
  *at++ = '.';
  std::uint64_t decimals = digits % kScale;
  char* end = at + 1;
  for (int i = 5; i >= 0; --i, decimals /= 10) {
    at[i] = static_cast<char>('0' + decimals % 10);
    if (end == at + 1 && at[i] != '0') end = at + i + 1;
  }
  return end;
}

}  // namespace capricorn::detail
