// SPDX-License-Identifier: MIT
#include "read_double.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace capricorn::detail {

namespace {

/// Of what stands behind an `e`; far beyond any text's length where it does not fit.
std::int64_t read_exponent(std::string_view text) noexcept {
  constexpr std::int64_t kFar = std::int64_t{1} << 60;
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (result.ec == std::errc::result_out_of_range) return text.starts_with('-') ? -kFar : kFar;
  return std::clamp(exponent, -kFar, kFar);
}

}  // namespace

double out_of_range_double(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t e = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, e);
  const std::size_t first = digits.find_first_of("123456789");
  double number = 0;
  if (first != digits.npos) {
    // Where the first digit that counts stands, from the point: 1 in "1.5", -2 in "0.001".
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const std::int64_t place =
        static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) + (first > point);
    const std::int64_t exponent = e == text.npos ? 0 : read_exponent(text.substr(e + 1));
    if (place + exponent > 0) number = std::numeric_limits<double>::infinity();
  }
  return negative ? -number : number;
}

double read_long_decimal(std::string_view text) noexcept {
  double number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() ? number : out_of_range_double(text);
}

}  // namespace capricorn::detail
