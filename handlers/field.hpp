// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "constraints.hpp"

namespace capricorn {

/// A value with constraints, for members of models: `Field<double, Gt{0}> price;`. The constraints
/// hold at the border only (reading a request); inside the program it is just the value.
template <class T, auto... constraints>
class Field {
  static constexpr bool kHasDefault =
      (detail::is_default<std::remove_cvref_t<decltype(constraints)>> || ...);

  template <class U>
  static constexpr bool kComparable =
      std::is_arithmetic_v<T>
          ? std::is_arithmetic_v<U>
          : std::is_same_v<T, std::string> && !std::is_same_v<U, Field> &&
                (std::is_same_v<U, std::string> || std::is_array_v<U> ||
                 std::is_same_v<U, const char*> || std::is_same_v<U, std::string_view>);

 public:
  using value_type = T;

  // Without a Default a scalar stays uninitialised: that is how a model sees that it is required.
  Field()
    requires(!kHasDefault)
  = default;
  constexpr Field()
    requires(kHasDefault)
  {
    (apply_default(constraints), ...);
  }
  constexpr Field(T value) : value_(std::move(value)) {}  // NOLINT: implicit like the value
  template <class U>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Field> && std::is_class_v<T>)
  constexpr Field(U&& value) : value_(std::forward<U>(value)) {}  // NOLINT

  constexpr T& operator*() noexcept { return value_; }
  constexpr const T& operator*() const noexcept { return value_; }
  constexpr T* operator->() noexcept { return &value_; }
  constexpr const T* operator->() const noexcept { return &value_; }
  constexpr operator const T&() const noexcept { return value_; }  // NOLINT
  constexpr operator std::string_view() const noexcept             // NOLINT
    requires std::is_same_v<T, std::string>
  {
    return value_;
  }

  friend constexpr bool operator==(const Field& a, const Field& b) { return a.value_ == b.value_; }
  friend constexpr auto operator<=>(const Field& a, const Field& b)
    requires std::three_way_comparable<T>
  {
    return a.value_ <=> b.value_;
  }
  // Named pairs of types rather than "if it compiles": the question would ask itself.
  template <class U>
    requires(kComparable<U>)
  friend constexpr bool operator==(const Field& a, const U& b) {
    return a.value_ == b;
  }
  template <class U>
    requires(kComparable<U>)
  friend constexpr auto operator<=>(const Field& a, const U& b) {
    return a.value_ <=> b;
  }

 private:
  template <class C>
  constexpr void apply_default(const C& constraint) {
    if constexpr (detail::is_default<C>) {
      if constexpr (std::is_arithmetic_v<decltype(constraint.value)>) {
        value_ = static_cast<T>(constraint.value);
      } else {
        value_ = T(constraint.value.view());
      }
    }
  }

  T value_;
};

}  // namespace capricorn
