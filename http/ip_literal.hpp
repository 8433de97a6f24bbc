// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace capricorn {

/// "192.0.2.1"
bool is_ipv4_literal(std::string_view text) noexcept;
/// "2001:db8::1", without brackets and without a zone.
bool is_ipv6_literal(std::string_view text) noexcept;

}  // namespace capricorn
