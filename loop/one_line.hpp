// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace capricorn {

/// The bytes of the character that `text` begins with where it is not to be shown as it is: a
/// control, which a terminal might obey, a separator of lines, or what turns the direction of text
/// round. 0 for any other.
std::size_t control_size(std::string_view text) noexcept;

/// Adds text that somebody else has chosen, and the bytes of such characters as \xHH: it makes no
/// further line.
void append_one_line(std::string& out, std::string_view text);

}  // namespace capricorn
