// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace capricorn {

// What a compiler writes, with a terminal's colours (ECMA-48's SGR sequences).

/// For a stream that is no terminal.
std::string without_colors(std::string_view text);

/// For a page: escaped, colours as <span class="c31 b">, which is red and bold.
std::string colors_to_html(std::string_view text);

}  // namespace capricorn
