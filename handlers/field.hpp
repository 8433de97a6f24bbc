// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "constraints.hpp"
#include "metadata.hpp"

namespace capricorn {

class Decimal;

namespace detail {

/// What a constraint looks at: the value in an optional.
template <class T>
struct Constrained {
  using Type = T;
};
template <class T>
struct Constrained<std::optional<T>> : Constrained<T> {};

template <class C>
inline constexpr bool is_length = std::is_same_v<C, MinLength> || std::is_same_v<C, MaxLength>;
template <class C>
inline constexpr bool is_digits = std::is_same_v<C, MaxDigits> || std::is_same_v<C, DecimalPlaces>;
template <class C>
inline constexpr bool is_bound = false;
template <class T>
inline constexpr bool is_bound<Gt<T>> = true;
template <class T>
inline constexpr bool is_bound<Ge<T>> = true;
template <class T>
inline constexpr bool is_bound<Lt<T>> = true;
template <class T>
inline constexpr bool is_bound<Le<T>> = true;
template <class T>
inline constexpr bool is_bound<MultipleOf<T>> = true;

template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<T> || std::is_same_v<T, Decimal>;

template <class T, class C>
inline constexpr bool default_suits = true;
template <class T, class D>
inline constexpr bool default_suits<T, Default<D>> =
    std::is_arithmetic_v<T> ? std::is_arithmetic_v<D>
    : std::is_enum_v<D>     ? std::is_same_v<T, D>
                        : !std::is_arithmetic_v<D> && std::is_constructible_v<T, std::string_view>;

template <class T, class C>
inline constexpr bool factory_suits = true;
template <class T, class F>
inline constexpr bool factory_suits<T, DefaultFactory<F>> = std::is_invocable_r_v<T, const F&>;

}  // namespace detail

/// A value with constraints and a description, for members of models: `Field<double, Gt{0}>
/// price;`. The constraints hold at the border only (reading a request); inside the program it is
/// just the value.
template <class T, auto... options>
class Field {
  using Checked = typename detail::Constrained<T>::Type;
  template <auto option>
  using Type = std::remove_cvref_t<decltype(option)>;
  static_assert(
      ((detail::ConstraintOption<Type<options>> || detail::MetadataOption<Type<options>>) && ...),
      "an option of a field is a constraint (Gt, Ge, Lt, Le, MultipleOf, MinLength, "
      "MaxLength, Pattern, UniqueItems, AllowInfNan, MaxDigits, DecimalPlaces), a "
      "Default or DefaultFactory, or what describes it (Alias, Title, Description, Example, "
      "Deprecated...)");
  static_assert(detail::is_number<Checked> || !(detail::is_bound<Type<options>> || ...),
                "Gt, Ge, Lt, Le and MultipleOf are for numbers");
  static_assert(
      requires(const Checked& value) { value.size(); } ||
          !(detail::is_length<Type<options>> || ...),
      "MinLength and MaxLength are for strings, vectors, sets and maps");
  static_assert(std::is_same_v<Checked, std::string> || !(detail::is_pattern<Type<options>> || ...),
                "a Pattern is for a std::string");
  static_assert(std::is_floating_point_v<Checked> ||
                    !(std::is_same_v<Type<options>, AllowInfNan> || ...),
                "AllowInfNan is for double and float");
  static_assert(std::is_same_v<Checked, Decimal> || !(detail::is_digits<Type<options>> || ...),
                "MaxDigits and DecimalPlaces are for a Decimal");
  static_assert((detail::default_suits<Checked, Type<options>> && ...),
                "a Default is a number for a number, a text for a std::string");
  static_assert((detail::factory_suits<T, Type<options>> && ...),
                "a DefaultFactory is a function that gives the value, without arguments");

  static_assert(detail::is_plain_name(detail::Options<options...>::kMetadata.alias),
                "an Alias has no quotes, backslashes or control characters");

  static constexpr bool kHasDefault = (detail::is_default<Type<options>> || ...);

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
    (apply_default(options), ...);
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
      if constexpr (requires { constraint.function; }) {
        value_ = constraint.function();
      } else if constexpr (std::is_arithmetic_v<decltype(constraint.value)> ||
                           std::is_enum_v<decltype(constraint.value)>) {
        value_ = static_cast<T>(constraint.value);
      } else {
        value_ = T(constraint.value.view());
      }
    }
  }

  T value_;
};

}  // namespace capricorn
