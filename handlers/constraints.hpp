// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "../loop/fixed_string.hpp"

namespace capricorn {

/// A compiled regular expression; only `constraints.cpp` looks inside.
class CompiledPattern;

enum class ConstraintKind : std::uint8_t {
  kGt,
  kGe,
  kLt,
  kLe,
  kMultipleOf,
  kMinLength,
  kMaxLength,
  kPattern,
  kUniqueItems,
  kAllowInfNan,
  kMaxDigits,
  kDecimalPlaces,
  kWholeDigits,  // what MaxDigits and DecimalPlaces together leave before the point
  kDefault,      // those from here on are no conditions
  kExample,
};

enum class ConstraintValue : std::uint8_t { kInteger, kFloating, kBoolean, kText };

/// An option of a field or parameter at run time. A number is in both `integer` and `number`;
/// `text` is that of a `Pattern`, and of a `Default` or `Example` of a text.
struct FieldConstraint {
  ConstraintKind kind;
  ConstraintValue value = ConstraintValue::kInteger;
  std::int64_t integer = 0;
  double number = 0;
  std::string_view text = {};
  const CompiledPattern& (*pattern)() = nullptr;  // compiled at its first use
};

namespace detail {

template <class T>
constexpr FieldConstraint number_constraint(ConstraintKind kind, T value) {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>, "a constraint takes a number");
  constexpr auto type = std::is_same_v<T, bool>       ? ConstraintValue::kBoolean
                        : std::is_floating_point_v<T> ? ConstraintValue::kFloating
                                                      : ConstraintValue::kInteger;
  return {kind, type, static_cast<std::int64_t>(value), static_cast<double>(value), {}};
}

/// `value` has static storage, as a template argument has: the view points into it.
template <std::size_t N>
constexpr FieldConstraint text_constraint(ConstraintKind kind, const FixedString<N>& value) {
  return {kind, ConstraintValue::kText, 0, 0, value.view()};
}

/// Throws std::invalid_argument where it is no regular expression. Whoever calls owns it.
const CompiledPattern* compile_pattern(std::string_view pattern);

template <FixedString pattern>
const CompiledPattern& compiled_pattern() {
  static const CompiledPattern& compiled = *compile_pattern(pattern.view());
  return compiled;
}

}  // namespace detail

/// What a value at the border has to satisfy, as template arguments: `Field<int, Gt{0}>`,
/// `Query<int, "limit", Default{10}, Le{100}>`.
template <class T>
struct Gt {
  T value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kGt, value);
  }
};
template <class T>
struct Ge {
  T value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kGe, value);
  }
};
template <class T>
struct Lt {
  T value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kLt, value);
  }
};
template <class T>
struct Le {
  T value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kLe, value);
  }
};
template <class T>
struct MultipleOf {
  T value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kMultipleOf, value);
  }
};
/// Characters (code points) of a string, elements of a vector, set or map.
struct MinLength {
  std::int64_t value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kMinLength, value);
  }
};
struct MaxLength {
  std::int64_t value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kMaxLength, value);
  }
};
using MinItems = MinLength;
using MaxItems = MaxLength;
/// A regular expression, RE2's, that is found somewhere in the string; `^` and `$` tie it down.
template <std::size_t N>
struct Pattern {
  FixedString<N> value;
  constexpr FieldConstraint describe() const {
    return detail::text_constraint(ConstraintKind::kPattern, value);
  }
};
/// No element of a vector is there twice.
struct UniqueItems {
  constexpr FieldConstraint describe() const {
    return {ConstraintKind::kUniqueItems, ConstraintValue::kBoolean, 1, 1, {}};
  }
};
/// Whether a number may be infinite or NaN, which a query can say and JSON cannot.
struct AllowInfNan {
  bool value = true;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kAllowInfNan, value);
  }
};
/// Digits of a Decimal: all, and those behind the point.
struct MaxDigits {
  std::int64_t value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kMaxDigits, value);
  }
};
struct DecimalPlaces {
  std::int64_t value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kDecimalPlaces, value);
  }
};
/// What the value is where the request has none.
template <class T>
struct Default {
  T value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kDefault, value);
  }
};
template <std::size_t N>
struct Default<FixedString<N>> {
  FixedString<N> value;
  constexpr FieldConstraint describe() const {
    return detail::text_constraint(ConstraintKind::kDefault, value);
  }
};
/// A function that gives the value where the request has none, called anew for each: for what is no
/// number, enumerator or text, `DefaultFactory{standard_tags}`. What it throws is an exception of
/// the handler. A lambda does it too, but where g++ 14 finds one among another's parameters it
/// ends.
template <class F>
struct DefaultFactory {
  F function;
  constexpr FieldConstraint describe() const { return {ConstraintKind::kDefault}; }
};
/// A value for the documentation: a number, a text, or JSON text for what is neither. May be given
/// several times.
template <class T>
struct Example {
  T value;
  constexpr FieldConstraint describe() const {
    return detail::number_constraint(ConstraintKind::kExample, value);
  }
};
template <std::size_t N>
struct Example<FixedString<N>> {
  FixedString<N> value;
  constexpr FieldConstraint describe() const {
    return detail::text_constraint(ConstraintKind::kExample, value);
  }
};

template <class T>
Gt(T) -> Gt<T>;
template <class T>
Ge(T) -> Ge<T>;
template <class T>
Lt(T) -> Lt<T>;
template <class T>
Le(T) -> Le<T>;
template <class T>
MultipleOf(T) -> MultipleOf<T>;
template <std::size_t N>
Pattern(const char (&)[N]) -> Pattern<N>;
template <class T>
Default(T) -> Default<T>;
template <std::size_t N>
Default(const char (&)[N]) -> Default<FixedString<N>>;
template <class F>
DefaultFactory(F) -> DefaultFactory<F>;
template <class T>
Example(T) -> Example<T>;
template <std::size_t N>
Example(const char (&)[N]) -> Example<FixedString<N>>;

namespace detail {

template <class T>
inline constexpr bool is_default = false;
template <class T>
inline constexpr bool is_default<Default<T>> = true;
template <class F>
inline constexpr bool is_default<DefaultFactory<F>> = true;
template <class T>
inline constexpr bool is_pattern = false;
template <std::size_t N>
inline constexpr bool is_pattern<Pattern<N>> = true;

}  // namespace detail

}  // namespace capricorn
