// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace capricorn {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), whatever the locale.
std::string format_http_date(std::time_t time);
/// Reads IMF-fixdate, RFC 850 and asctime dates; nothing for any other text.
std::optional<std::time_t> parse_http_date(std::string_view text);

}  // namespace capricorn
