// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace capricorn {

/// The number that all of `text` is; nothing for any other text, and for a number that a `T` cannot
/// hold. As std::from_chars: no spaces, no plus, and a minus for signed types only.
template <std::integral T>
std::optional<T> parse_number(std::string_view text, int base = 10) noexcept {
  T number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace capricorn
