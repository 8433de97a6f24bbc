// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace capricorn {

/// The phrase that IANA's registry gives a status code; "" for one it does not know.
std::string_view reason_phrase(int status) noexcept;

}  // namespace capricorn
