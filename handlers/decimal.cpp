// SPDX-License-Identifier: MIT
#include "decimal.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "../loop/ascii.hpp"
#include "constraints.hpp"
#include "json_write.hpp"
#include "read_double.hpp"
#include "validation.hpp"

namespace capricorn {

namespace {

// Python's decimal module has none larger.
constexpr std::int64_t kMaxExponent = 999999;
// Whose remainder, times ten, is a 64-bit number.
constexpr std::size_t kMaxUnitDigits = 18;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Takes digits off the front; underscores are passed over.
std::string_view take_digits(std::string_view& text, std::string& digits) {
  std::size_t size = 0;
  while (size < text.size() && (is_ascii_digit(text[size]) || text[size] == '_')) ++size;
  for (const char c : text.substr(0, size)) {
    if (c != '_') digits += c;
  }
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

void drop_leading_zeros(std::string& digits) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first == digits.npos) {
    digits = "0";
  } else {
    digits.erase(0, first);
  }
}

}  // namespace

Decimal::Decimal(std::int64_t value) : digits_(std::to_string(value)), negative_(value < 0) {
  if (negative_) digits_.erase(0, 1);
}

Decimal::Decimal(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed) throw std::invalid_argument("no decimal: \"" + std::string(text) + "\"");
  *this = std::move(*parsed);
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  text = trim(text);
  Decimal result;
  result.negative_ = text.starts_with('-');
  if (result.negative_ || text.starts_with('+')) text.remove_prefix(1);
  take_digits(text, result.digits_);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t whole = result.digits_.size();
    take_digits(text, result.digits_);
    result.exponent_ = -static_cast<std::int64_t>(result.digits_.size() - whole);
  }
  if (result.digits_.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') && text.size() > 1 && is_ascii_digit(text[1])) text.remove_prefix(1);
    std::int64_t exponent = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (read.ec != std::errc() || exponent < -kMaxExponent || exponent > kMaxExponent) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    result.exponent_ += exponent;
  }
  if (!text.empty()) return std::nullopt;
  drop_leading_zeros(result.digits_);
  return result;
}

std::string Decimal::to_string() const {
  const std::string digits = digits_.empty() ? "0" : digits_;
  std::string text = negative_ ? "-" : "";
  const auto size = static_cast<std::int64_t>(digits.size());
  const std::int64_t adjusted = exponent_ + size - 1;
  if (exponent_ > 0 || adjusted < -6) {
    text += digits[0];
    if (size > 1) text += "." + digits.substr(1);
    return text + "E" + (adjusted < 0 ? "" : "+") + std::to_string(adjusted);
  }
  if (exponent_ == 0) return text + digits;
  const std::int64_t whole = size + exponent_;
  if (whole > 0) {
    return text + digits.substr(0, static_cast<std::size_t>(whole)) + "." +
           digits.substr(static_cast<std::size_t>(whole));
  }
  return text + "0." + std::string(static_cast<std::size_t>(-whole), '0') + digits;
}

double Decimal::to_double() const { return detail::read_long_decimal(to_string()); }

std::int64_t Decimal::digit_count() const noexcept {
  const auto size = static_cast<std::int64_t>(digits_.size());
  return exponent_ >= 0 ? size + exponent_ : std::max(size, -exponent_);
}

Decimal Decimal::normalized() const {
  Decimal result = *this;
  while (result.digits_.size() > 1 && result.digits_.back() == '0') {
    result.digits_.pop_back();
    ++result.exponent_;
  }
  if (result.digits_ == "0") result.exponent_ = 0;
  return result;
}

bool Decimal::is_multiple_of(const Decimal& unit) const {
  const Decimal a = normalized();
  const Decimal b = unit.normalized();
  if (b.digits_.size() > kMaxUnitDigits) {
    throw std::invalid_argument("a unit has at most 18 digits: " + unit.to_string());
  }
  if (b.digits_ == "0" || a.digits_ == "0" || a.digits_.empty()) return true;
  if (a.exponent_ < b.exponent_) return false;  // what ends in no zero is no multiple of ten
  const std::uint64_t divisor = std::stoull(b.digits_);
  std::uint64_t rest = 0;
  for (const char digit : a.digits_) {
    rest = (rest * 10 + static_cast<std::uint64_t>(digit - '0')) % divisor;
  }
  // Zeros behind it bring in no prime but 2 and 5, of which a divisor below 2^64 has 64 at most.
  for (std::int64_t zeros = std::min<std::int64_t>(a.exponent_ - b.exponent_, 64); zeros > 0;
       --zeros) {
    rest = rest * 10 % divisor;
  }
  return rest == 0;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const Decimal x = a.normalized();
  const Decimal y = b.normalized();
  const auto sign = [](const Decimal& number) {
    return number.digits_.empty() || number.digits_ == "0" ? 0 : number.negative_ ? -1 : 1;
  };
  if (sign(x) != sign(y) || sign(x) == 0) return sign(x) <=> sign(y);
  const auto top = [](const Decimal& number) {
    return static_cast<std::int64_t>(number.digits_.size()) + number.exponent_;
  };
  // The shorter text counts as if zeros followed: a prefix is the smaller.
  const std::strong_ordering size =
      top(x) != top(y) ? top(x) <=> top(y) : x.digits_.compare(y.digits_) <=> 0;
  return sign(x) > 0 ? size : 0 <=> size;
}

namespace {

/// What Python's Decimal takes and JSON has no number for.
bool is_infinite_or_nan(std::string_view text) {
  text = trim(text);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto is = [text](std::string_view word) { return equals_ignoring_case(text, word); };
  return is("nan") || is("snan") || is("inf") || is("infinity");
}

}  // namespace

bool TextTraits<Decimal>::parse(std::string_view text, void* value, ErrorDetail& error) {
  if (auto decimal = Decimal::parse(text)) {
    *static_cast<Decimal*>(value) = std::move(*decimal);
    return true;
  }
  const bool finite = !is_infinite_or_nan(text);
  error.type = finite ? "decimal_parsing" : "finite_number";
  error.msg = finite ? "Input should be a valid decimal" : "Input should be a finite number";
  return false;
}

void TextTraits<Decimal>::write(Buffer& out, const void* value) {
  out.push_back('"');
  out.append(static_cast<const Decimal*>(value)->to_string());
  out.push_back('"');
}

bool TextTraits<Decimal>::is_unset(const void* value, unsigned char) {
  return static_cast<const Decimal*>(value)->digits_.empty();
}

bool TextTraits<Decimal>::satisfies(const void* value, const FieldConstraint& constraint) {
  const Decimal& decimal = *static_cast<const Decimal*>(value);
  switch (constraint.kind) {
    // Zeros at the end do not count against it.
    case ConstraintKind::kMaxDigits:
      return std::min(decimal.digit_count(), decimal.normalized().digit_count()) <=
             constraint.integer;
    case ConstraintKind::kDecimalPlaces:
      return std::min(decimal.place_count(), decimal.normalized().place_count()) <=
             constraint.integer;
    case ConstraintKind::kWholeDigits:
      return std::min(decimal.whole_count(), decimal.normalized().whole_count()) <=
             constraint.integer;
    default: break;
  }
  if (constraint.kind > ConstraintKind::kMultipleOf) return true;
  Buffer text;
  if (constraint.value == ConstraintValue::kFloating) {
    write_json_number(text, constraint.number);
  } else {
    write_json_number(text, constraint.integer);
  }
  const Decimal bound(text.view());
  switch (constraint.kind) {
    case ConstraintKind::kGt: return decimal > bound;
    case ConstraintKind::kGe: return decimal >= bound;
    case ConstraintKind::kLt: return decimal < bound;
    case ConstraintKind::kLe: return decimal <= bound;
    default: return decimal.is_multiple_of(bound);
  }
}

}  // namespace capricorn
