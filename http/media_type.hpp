// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace capricorn {

/// The media type that a file's name promises: "text/html; charset=utf-8" for "a.html" and
/// "A.HTML"; "application/octet-stream" for a name that says nothing.
std::string_view guess_media_type(std::string_view path) noexcept;

/// Whether a body of that Content-Type gets smaller by compression: text, but no picture, film,
/// sound, font or archive, which are compressed already. True where nothing is said.
bool is_compressible(std::string_view content_type) noexcept;

/// Whether a body of that Content-Type is JSON: "application/json", "application/problem+json".
bool is_json_media_type(std::string_view content_type) noexcept;

}  // namespace capricorn
