// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace capricorn {

/// Text as HTML has it, between tags and in quoted attributes.
std::string html_escape(std::string_view text);

}  // namespace capricorn
