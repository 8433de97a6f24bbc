// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

namespace capricorn {

namespace detail {

template <class F>
struct ComputedValue {
  static_assert(sizeof(F) == 0, "a computed field is a const member function without parameters");
};
template <class C, class R>
struct ComputedValue<R (C::*)() const> {
  using Type = std::remove_cvref_t<R>;
};
template <class C, class R>
struct ComputedValue<R (C::*)() const noexcept> : ComputedValue<R (C::*)() const> {};

}  // namespace detail

/// Values that a model has in its answers besides its members, each what a const member function
/// gives, by that one's name: pydantic's `computed_field`. They are written behind the members and
/// never read; the document has them as `readOnly`. What a function throws, the request does.
///
///     struct Rectangle {
///       int width;
///       int length;
///       int area() const { return width * length; }
///       static constexpr ComputedFields<&Rectangle::area> computed_fields{};
///     };
template <auto... functions>
struct ComputedFields {};

}  // namespace capricorn
