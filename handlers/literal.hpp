// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include "../loop/fixed_string.hpp"

namespace capricorn {

/// One of a few texts: `Literal<"asc", "desc"> order;`. As a member it is required, unless it is
/// given a value; `Literal<"cat"> type;` tells the alternatives of a std::variant apart.
template <FixedString... texts>
class Literal {
  static_assert(sizeof...(texts) > 0 && sizeof...(texts) < 128, "a Literal<> has a text or more");

 public:
  static constexpr std::string_view kTexts[] = {texts.view()...};

  Literal() = default;  // uninitialised, as a number is
  /// Throws std::invalid_argument where it is none of the texts; a constant does not compile then.
  constexpr Literal(std::string_view text) : index_(find(text)) {}  // NOLINT: it is that text
  template <std::size_t N>
  constexpr Literal(const char (&text)[N]) : index_(find({text, N - 1})) {}  // NOLINT

  constexpr std::string_view view() const noexcept { return kTexts[index_]; }
  constexpr operator std::string_view() const noexcept { return view(); }  // NOLINT
  friend constexpr bool operator==(const Literal&, const Literal&) = default;
  template <class T>
    requires(std::is_convertible_v<const T&, std::string_view> && !std::is_same_v<T, Literal>)
  friend constexpr bool operator==(const Literal& a, const T& b) {
    return a.view() == std::string_view(b);
  }

 private:
  static constexpr std::uint8_t find(std::string_view text) {
    for (std::size_t i = 0; i < sizeof...(texts); ++i) {
      if (kTexts[i] == text) return static_cast<std::uint8_t>(i);
    }
    throw std::invalid_argument("a Literal<> has no such text");
  }

  std::uint8_t index_;
};

}  // namespace capricorn
