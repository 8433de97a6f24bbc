// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace capricorn {

/// The value of a Content-Disposition (RFC 6266): `attachment; filename="a b.txt"`. A name that
/// every client would not read the same gets an ASCII stand-in and itself as `filename*` (RFC
/// 8187).
std::string content_disposition(std::string_view type, std::string_view filename);

}  // namespace capricorn
