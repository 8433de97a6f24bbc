// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace capricorn {

/// A string literal that can be a template argument. `N` counts the terminating zero.
template <std::size_t N>
struct FixedString {
  char text[N]{};

  consteval FixedString(const char (&literal)[N]) {  // NOLINT: implicit, a literal is meant
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const noexcept { return {text, N - 1}; }
  friend constexpr bool operator==(const FixedString&, const FixedString&) = default;
};

}  // namespace capricorn
