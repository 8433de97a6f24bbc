// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace capricorn {

/// The live page, whole: it loads nothing but figures from where it comes.
std::string_view admin_page() noexcept;
/// What it may do, as Content-Security-Policy.
std::string_view admin_page_policy() noexcept;

}  // namespace capricorn
