// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "jwt.hpp"

namespace capricorn::jwt::detail {

/// RFC 7519, 4.1: throws what is wrong with the claims of a token whose signature is good.
void check_claims(const nlohmann::json& claims, const DecodeOptions& options);

}  // namespace capricorn::jwt::detail
