// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace capricorn {

/// Base64 with its padding (RFC 4648, 4), and base64url without (5), as JSON Web Tokens have it.
/// Decoding is strict: nothing is returned for what encoding would not have written, be it white
/// space, a digit of the other alphabet, padding that lacks or is too much, or bits behind the last
/// byte that are not zero. So there is one text for each value.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace capricorn
