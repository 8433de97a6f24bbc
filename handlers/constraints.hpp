// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "fixed_string.hpp"

namespace capricorn {

/// What a value at the border has to satisfy, as template arguments: `Field<int, Gt{0}>`,
/// `Query<int, "limit", Default{10}, Le{100}>`.
template <class T>
struct Gt {
  T value;
};
template <class T>
struct Ge {
  T value;
};
template <class T>
struct Lt {
  T value;
};
template <class T>
struct Le {
  T value;
};
template <class T>
struct MultipleOf {
  T value;
};
/// Characters (code points) of a string, elements of a vector or map.
struct MinLength {
  std::int64_t value;
};
struct MaxLength {
  std::int64_t value;
};
template <class T>
struct Default {
  T value;
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
template <class T>
Default(T) -> Default<T>;
template <std::size_t N>
Default(const char (&)[N]) -> Default<FixedString<N>>;

enum class ConstraintKind : std::uint8_t {
  kGt,
  kGe,
  kLt,
  kLe,
  kMultipleOf,
  kMinLength,
  kMaxLength,
  kDefault,
};

enum class ConstraintValue : std::uint8_t { kInteger, kFloating, kBoolean, kText };

/// The same at run time. A number is in both `integer` and `number`; `text` only for a `Default`.
struct Constraint {
  ConstraintKind kind;
  ConstraintValue value = ConstraintValue::kInteger;
  std::int64_t integer = 0;
  double number = 0;
  std::string_view text = {};
};

namespace detail {

template <class T>
constexpr Constraint number_constraint(ConstraintKind kind, T value) {
  static_assert(std::is_arithmetic_v<T>, "a constraint takes a number");
  constexpr auto type = std::is_same_v<T, bool>       ? ConstraintValue::kBoolean
                        : std::is_floating_point_v<T> ? ConstraintValue::kFloating
                                                      : ConstraintValue::kInteger;
  return {kind, type, static_cast<std::int64_t>(value), static_cast<double>(value), {}};
}

template <class T>
inline constexpr bool is_default = false;
template <class T>
inline constexpr bool is_default<Default<T>> = true;

}  // namespace detail

template <class T>
constexpr Constraint describe(const Gt<T>& c) {
  return detail::number_constraint(ConstraintKind::kGt, c.value);
}
template <class T>
constexpr Constraint describe(const Ge<T>& c) {
  return detail::number_constraint(ConstraintKind::kGe, c.value);
}
template <class T>
constexpr Constraint describe(const Lt<T>& c) {
  return detail::number_constraint(ConstraintKind::kLt, c.value);
}
template <class T>
constexpr Constraint describe(const Le<T>& c) {
  return detail::number_constraint(ConstraintKind::kLe, c.value);
}
template <class T>
constexpr Constraint describe(const MultipleOf<T>& c) {
  return detail::number_constraint(ConstraintKind::kMultipleOf, c.value);
}
constexpr Constraint describe(const MinLength& c) {
  return detail::number_constraint(ConstraintKind::kMinLength, c.value);
}
constexpr Constraint describe(const MaxLength& c) {
  return detail::number_constraint(ConstraintKind::kMaxLength, c.value);
}
template <class T>
constexpr Constraint describe(const Default<T>& c) {
  return detail::number_constraint(ConstraintKind::kDefault, c.value);
}
/// `c` must have static storage (a template argument has): the view points into it.
template <std::size_t N>
constexpr Constraint describe(const Default<FixedString<N>>& c) {
  return {ConstraintKind::kDefault, ConstraintValue::kText, 0, 0, c.value.view()};
}

}  // namespace capricorn
