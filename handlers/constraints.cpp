// SPDX-License-Identifier: MIT
#include "constraints.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

#include "json_write.hpp"
#include "scalar_memory.hpp"
#include "type_info.hpp"
#include "validation.hpp"

namespace capricorn {

class CompiledPattern {
 public:
  explicit CompiledPattern(std::string_view pattern)
      : regex_(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet) {
    if (regex_.ok()) return;
    throw std::invalid_argument("the Pattern \"" + std::string(pattern) + "\": " + regex_.error());
  }
  bool is_found_in(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex_);
  }

 private:
  re2::RE2 regex_;
};

const CompiledPattern* detail::compile_pattern(std::string_view pattern) {
  return new CompiledPattern(pattern);
}

namespace {

/// What a constraint looks at: a number, or a length. That of a text is measured later.
struct Measure {
  enum Kind { kNone, kSigned, kUnsigned, kFloating, kCharacters, kItems } kind = kNone;
  std::int64_t integer = 0;
  double number = 0;

  bool is_number() const { return kind != kNone && kind < kCharacters; }
  bool is_length() const { return kind >= kCharacters; }
};

/// The number of characters or, where that of the bytes tells how it compares with `limit`, one
/// that compares alike: a character has one byte to four.
std::int64_t count_characters(std::string_view text, std::int64_t limit) {
  const auto bytes = static_cast<std::int64_t>(text.size());
  if (bytes < limit) return bytes;
  if (bytes / 4 > limit) return bytes / 4;
  std::int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

Measure measure(const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case TypeKind::kSigned: {
      const std::int64_t number = detail::load_signed(value, type.size);
      return {Measure::kSigned, number, static_cast<double>(number)};
    }
    case TypeKind::kUnsigned: {
      const std::uint64_t number = detail::load_unsigned(value, type.size);
      const bool fits = number <= static_cast<std::uint64_t>(INT64_MAX);
      return {fits ? Measure::kSigned : Measure::kUnsigned, static_cast<std::int64_t>(number),
              static_cast<double>(number)};
    }
    case TypeKind::kFloat: return {Measure::kFloating, 0, detail::load<float>(value)};
    case TypeKind::kDouble: return {Measure::kFloating, 0, detail::load<double>(value)};
    case TypeKind::kString: return {Measure::kCharacters, 0, 0};
    case TypeKind::kVector:
    case TypeKind::kSet:
    case TypeKind::kMap: return {Measure::kItems, static_cast<std::int64_t>(type.count(value)), 0};
    default: return {};
  }
}

int compare(const Measure& measure, const FieldConstraint& constraint) {
  if (measure.kind == Measure::kSigned && constraint.value == ConstraintValue::kInteger) {
    return (measure.integer > constraint.integer) - (measure.integer < constraint.integer);
  }
  // Beyond what a bound can be.
  if (measure.kind == Measure::kUnsigned && constraint.value == ConstraintValue::kInteger) return 1;
  return (measure.number > constraint.number) - (measure.number < constraint.number);
}

bool is_multiple(const TypeInfo& type, const Measure& measure, const FieldConstraint& constraint) {
  if (constraint.number == 0) return true;
  if (measure.kind == Measure::kSigned && constraint.value == ConstraintValue::kInteger) {
    return constraint.integer == -1 || measure.integer % constraint.integer == 0;
  }
  if (measure.kind == Measure::kUnsigned && constraint.value == ConstraintValue::kInteger) {
    const auto step = static_cast<std::uint64_t>(constraint.integer);
    return static_cast<std::uint64_t>(measure.integer) %
               (constraint.integer < 0 ? 0 - step : step) ==
           0;
  }
  // A NaN and what is infinite are refused by bounds.
  if (!std::isfinite(measure.number)) return true;
  // As much as both are off for being binary fractions, and no part of what they differ by: of
  // what is large that would soon be a whole multiple.
  const double rest = std::abs(std::remainder(measure.number, constraint.number));
  const double unit = type.kind == TypeKind::kFloat ? std::numeric_limits<float>::epsilon()
                                                    : std::numeric_limits<double>::epsilon();
  return rest <= std::max(4 * unit * std::abs(measure.number),
                          std::min(1e-9, std::abs(constraint.number) * 1e-3));
}

/// Elements are equal where their JSON is.
bool has_no_twins(const TypeInfo& type, const void* value) {
  if (type.kind != TypeKind::kVector) return true;
  std::set<std::string, std::less<>> seen;
  const char* at = static_cast<const char*>(type.get(value));
  for (std::size_t i = 0; i < type.count(value); ++i, at += type.element->size) {
    Buffer json;
    write_json(json, *type.element, at);
    if (!seen.emplace(json.view()).second) return false;
  }
  return true;
}

/// As `count_characters`, of items too.
std::int64_t length(const void* value, const Measure& measure, std::int64_t limit) {
  if (measure.kind == Measure::kItems) return measure.integer;
  return count_characters(*static_cast<const std::string*>(value), limit);
}

bool holds(const TypeInfo& type, const void* value, const Measure& measure,
           const FieldConstraint& constraint) {
  const bool number = measure.is_number();
  const bool has_length = measure.is_length();
  switch (constraint.kind) {
    case ConstraintKind::kPattern:
      return type.kind != TypeKind::kString ||
             constraint.pattern().is_found_in(*static_cast<const std::string*>(value));
    case ConstraintKind::kUniqueItems: return has_no_twins(type, value);
    case ConstraintKind::kAllowInfNan:
      return constraint.integer != 0 || !number || std::isfinite(measure.number);
    case ConstraintKind::kMinLength:
      return !has_length || length(value, measure, constraint.integer) >= constraint.integer;
    case ConstraintKind::kMaxLength:
      return !has_length || length(value, measure, constraint.integer) <= constraint.integer;
    default: break;
  }
  if (constraint.kind >= ConstraintKind::kMaxDigits || !number) return true;
  if (constraint.kind == ConstraintKind::kMultipleOf) return is_multiple(type, measure, constraint);
  // A NaN satisfies no bound.
  if (std::isnan(measure.number)) return false;
  const int order = compare(measure, constraint);
  switch (constraint.kind) {
    case ConstraintKind::kGt: return order > 0;
    case ConstraintKind::kGe: return order >= 0;
    case ConstraintKind::kLt: return order < 0;
    default: return order <= 0;
  }
}

std::string number_text(const FieldConstraint& constraint, bool as_float) {
  Buffer out;
  if (as_float || constraint.value == ConstraintValue::kFloating) {
    write_json_number(out, constraint.number);
  } else {
    write_json_number(out, constraint.integer);
  }
  return std::string(out.view());
}

std::string ctx_of(std::string_view key, std::string_view json) {
  return "{\"" + std::string(key) + "\":" + std::string(json) + "}";
}

ErrorDetail error_of(std::string_view type, std::string msg, std::string ctx = {}) {
  return {std::string(type), {}, std::move(msg), {}, std::move(ctx)};
}

struct Wording {
  const char* type;
  const char* msg;
  const char* key;
};

Wording number_wording(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::kGt: return {"greater_than", "greater than ", "gt"};
    case ConstraintKind::kGe: return {"greater_than_equal", "greater than or equal to ", "ge"};
    case ConstraintKind::kLt: return {"less_than", "less than ", "lt"};
    case ConstraintKind::kLe: return {"less_than_equal", "less than or equal to ", "le"};
    default: return {"multiple_of", "a multiple of ", "multiple_of"};
  }
}

ErrorDetail number_error(const Measure& measure, const FieldConstraint& constraint) {
  const Wording wording = number_wording(constraint.kind);
  const std::string ctx = number_text(constraint, measure.kind == Measure::kFloating);
  // pydantic says "greater than 0" but has 0.0 in the context of a float.
  std::string limit = ctx;
  if (limit.ends_with(".0")) limit.resize(limit.size() - 2);
  return error_of(wording.type, std::string("Input should be ") + wording.msg + limit,
                  ctx_of(wording.key, ctx));
}

std::string counted(std::int64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

ErrorDetail string_length_error(const FieldConstraint& constraint) {
  const bool low = constraint.kind == ConstraintKind::kMinLength;
  return error_of(low ? "string_too_short" : "string_too_long",
                  std::string("String should have at ") + (low ? "least " : "most ") +
                      counted(constraint.integer, "character"),
                  ctx_of(low ? "min_length" : "max_length", std::to_string(constraint.integer)));
}

ErrorDetail items_error(const TypeInfo& type, const Measure& measure,
                        const FieldConstraint& constraint) {
  const char* noun = type.kind == TypeKind::kVector ? "List"
                     : type.kind == TypeKind::kSet  ? "Set"
                                                    : "Dictionary";
  const bool too_few = constraint.kind == ConstraintKind::kMinLength;
  // pydantic adds no more to a set that is full.
  const bool known = too_few || type.kind != TypeKind::kSet;
  return item_count_error(noun, too_few, constraint.integer, known ? measure.integer : -1);
}

struct DigitsWording {
  const char* type;
  const char* noun;
  const char* where;
  const char* key;
};

DigitsWording digits_wording(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::kMaxDigits:
      return {"decimal_max_digits", "digit", " in total", "max_digits"};
    case ConstraintKind::kDecimalPlaces:
      return {"decimal_max_places", "decimal place", "", "decimal_places"};
    default: return {"decimal_whole_digits", "digit", " before the decimal point", "whole_digits"};
  }
}

ErrorDetail digits_error(const FieldConstraint& constraint) {
  const DigitsWording wording = digits_wording(constraint.kind);
  return error_of(wording.type,
                  "Decimal input should have no more than " +
                      counted(constraint.integer, wording.noun) + wording.where,
                  ctx_of(wording.key, std::to_string(constraint.integer)));
}

ErrorDetail error_for(const TypeInfo& type, const Measure& measure,
                      const FieldConstraint& constraint) {
  switch (constraint.kind) {
    case ConstraintKind::kPattern:
      return error_of("string_pattern_mismatch",
                      "String should match pattern '" + std::string(constraint.text) + "'",
                      ctx_of("pattern", json_quote(constraint.text)));
    // As pydantic's documentation words its own.
    case ConstraintKind::kUniqueItems: return error_of("unique_list", "List must be unique");
    case ConstraintKind::kAllowInfNan:
      return error_of("finite_number", "Input should be a finite number");
    case ConstraintKind::kMaxDigits:
    case ConstraintKind::kDecimalPlaces:
    case ConstraintKind::kWholeDigits: return digits_error(constraint);
    case ConstraintKind::kMinLength:
    case ConstraintKind::kMaxLength:
      return measure.kind == Measure::kCharacters ? string_length_error(constraint)
                                                  : items_error(type, measure, constraint);
    default: return number_error(measure, constraint);
  }
}

/// pydantic looks at the conditions in an order of its own, whatever the order they are written in.
int rank(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::kAllowInfNan: return 0;
    case ConstraintKind::kMaxDigits: return 1;
    case ConstraintKind::kDecimalPlaces: return 2;
    case ConstraintKind::kWholeDigits: return 3;
    case ConstraintKind::kMultipleOf: return 4;
    case ConstraintKind::kLe: return 5;
    case ConstraintKind::kLt: return 6;
    case ConstraintKind::kGe: return 7;
    case ConstraintKind::kGt: return 8;
    case ConstraintKind::kMinLength: return 9;
    case ConstraintKind::kMaxLength: return 10;
    default: return 11;
  }
}

/// What does not hold, if anything, and of what.
struct Broken {
  const TypeInfo* type = nullptr;
  Measure measured{};
  std::optional<FieldConstraint> constraint{};
  explicit operator bool() const noexcept { return constraint.has_value(); }
};

/// Nothing where one of the two is not given.
std::optional<FieldConstraint> whole_digits(std::span<const FieldConstraint> constraints) {
  const auto find = [&](ConstraintKind kind) {
    return std::ranges::find(constraints, kind, &FieldConstraint::kind);
  };
  const auto digits = find(ConstraintKind::kMaxDigits);
  const auto places = find(ConstraintKind::kDecimalPlaces);
  if (digits == constraints.end() || places == constraints.end()) return std::nullopt;
  return FieldConstraint{.kind = ConstraintKind::kWholeDigits,
                         .integer = std::max<std::int64_t>(digits->integer - places->integer, 0)};
}

/// The one that pydantic would tell.
Broken find_broken(const TypeInfo& type, const void* value,
                   std::span<const FieldConstraint> constraints) {
  const TypeInfo* at = &type;
  for (; at->kind == TypeKind::kField || at->kind == TypeKind::kOptional; at = at->element) {
    if (at->kind == TypeKind::kOptional) value = at->get(value);
    if (value == nullptr) return {};
  }
  Broken broken{at, measure(*at, value), {}};
  const auto satisfies = at->kind == TypeKind::kText ? at->text->satisfies : nullptr;
  const auto check = [&](const FieldConstraint& constraint) {
    const bool good = satisfies != nullptr ? satisfies(value, constraint)
                                           : holds(*at, value, broken.measured, constraint);
    if (good || (broken && rank(broken.constraint->kind) <= rank(constraint.kind))) return;
    broken.constraint = constraint;
  };
  for (const FieldConstraint& constraint : constraints) check(constraint);
  if (satisfies == nullptr) return broken;
  if (const auto derived = whole_digits(constraints)) check(*derived);
  return broken;
}

}  // namespace

bool keeps_constraints(const TypeInfo& type, const void* value,
                       std::span<const FieldConstraint> constraints) {
  return !find_broken(type, value, constraints);
}

ErrorDetail item_count_error(std::string_view noun, bool too_few, std::int64_t limit,
                             std::int64_t actual) {
  const std::string count = actual < 0 ? "more" : std::to_string(actual);
  return error_of(too_few ? "too_short" : "too_long",
                  std::string(noun) + " should have at " + (too_few ? "least " : "most ") +
                      counted(limit, "item") + " after validation, not " + count,
                  "{\"field_type\":\"" + std::string(noun) + "\",\"" + (too_few ? "min" : "max") +
                      "_length\":" + std::to_string(limit) +
                      ",\"actual_length\":" + (actual < 0 ? "null" : count) + "}");
}

bool exceeds_max_length(const TypeInfo& type, const void* value,
                        std::span<const FieldConstraint> constraints) {
  if (type.kind == TypeKind::kField) return exceeds_max_length(*type.element, value, constraints);
  if (type.kind == TypeKind::kOptional) {
    const void* const inner = type.get(value);
    return inner != nullptr && exceeds_max_length(*type.element, inner, constraints);
  }
  if (type.kind != TypeKind::kVector && type.kind != TypeKind::kSet) return false;
  const auto count = static_cast<std::int64_t>(type.count(value));
  return std::ranges::any_of(constraints, [count](const FieldConstraint& constraint) {
    return constraint.kind == ConstraintKind::kMaxLength && count > constraint.integer;
  });
}

bool check_constraints(const TypeInfo& type, const void* value,
                       std::span<const FieldConstraint> constraints, const LocPath& loc,
                       std::string_view input_json, ValidationErrors& errors) {
  if (constraints.empty()) return true;
  const Broken found = find_broken(type, value, constraints);
  if (!found) return true;
  ErrorDetail error = error_for(*found.type, found.measured, *found.constraint);
  error.loc = loc.items();
  error.input_json = input_json;
  errors.push_back(std::move(error));
  return false;
}

}  // namespace capricorn
