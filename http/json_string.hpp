// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "../loop/buffer.hpp"

namespace capricorn {

/// The text as a string of JSON, with its quotes. It stays UTF-8; what is not becomes U+FFFD.
void write_json_string(Buffer& out, std::string_view text);

}  // namespace capricorn
