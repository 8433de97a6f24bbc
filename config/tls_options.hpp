// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "config.hpp"

namespace capricorn {

/// An option that means TLS where there is no --ssl-certfile to begin it with: who gave it must not
/// be served plain HTTP. "" where there is none.
std::string_view tls_option_without_certificate(const Config& config) noexcept;

}  // namespace capricorn
