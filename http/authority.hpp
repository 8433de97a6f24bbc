// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace capricorn {

/// Where a URL, or a Host field, leads (RFC 3986, 3.2): "example.com", "example.com:8080",
/// "[2001:db8::1]:8080". Views into the text.
struct Authority {
  std::string_view host;  // an IPv6 address with its brackets
  std::string_view port;  // digits, if it is a good one; "" where none was said
};
/// Taken apart at the last colon that is not within brackets; nothing is checked.
Authority split_authority(std::string_view text) noexcept;

/// The address within the brackets; any other host as it is.
std::string_view without_brackets(std::string_view host) noexcept;

/// 0 to 65535, in digits alone.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

}  // namespace capricorn
