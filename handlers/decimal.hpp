// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text_type.hpp"

namespace capricorn {

/// An exact decimal number, as it was written: digits and a place for the point, however many. It
/// is carried, compared and printed; to reckon with it, hand `to_string()` to a library of numbers.
/// JSON has it as a string, which no reader rounds.
class Decimal {
 public:
  Decimal() = default;
  Decimal(std::int64_t value);  // NOLINT: the same number
  /// Throws std::invalid_argument where the text is no decimal.
  explicit Decimal(std::string_view text);

  /// "1.50", "-3", "1e-2"; underscores between digits are passed over, as Python has it.
  static std::optional<Decimal> parse(std::string_view text);

  /// As Python prints it: "1.50", and "1E+3" where zeros would have to be made up.
  std::string to_string() const;
  double to_double() const;  // infinity where it is beyond

  /// Digits in all, behind the point, and before it: none of 0.5, as pydantic counts.
  std::int64_t digit_count() const noexcept;
  std::int64_t place_count() const noexcept { return exponent_ < 0 ? -exponent_ : 0; }
  std::int64_t whole_count() const noexcept { return digit_count() - place_count(); }
  /// Without zeros at the end.
  Decimal normalized() const;
  /// Whether it is a whole number of `unit`s, in time linear in its digits. `unit` is not zero;
  /// throws std::invalid_argument where it has more than 18 digits.
  bool is_multiple_of(const Decimal& unit) const;

  /// By value: 1.5 equals 1.50.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  friend struct TextTraits<Decimal>;

  std::string digits_;  // without leading zeros; "0" is zero, empty one that was never set
  std::int64_t exponent_ = 0;
  bool negative_ = false;
};

template <>
struct TextTraits<Decimal> {
  static bool parse(std::string_view text, void* value, ErrorDetail& error);
  static void write(Buffer& out, const void* value);
  static bool is_unset(const void* value, unsigned char fill);
  static bool satisfies(const void* value, const FieldConstraint& constraint);
  static constexpr TextType kType{
      "decimal",      "decimal",
      "decimal_type", "Decimal input should be an integer, float, string or Decimal object",
      &parse,         &write,
      &parse,         &is_unset,
      &satisfies};
};

}  // namespace capricorn
