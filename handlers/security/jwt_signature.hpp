// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "jwt_key.hpp"

namespace capricorn::jwt::detail {

/// Of a key that fits the algorithm. Throws InvalidKeyError where it cannot sign.
std::string sign(std::string_view message, const Key& key, Algorithm algorithm);
/// Whether the signature is that key's. For a secret in a time that does not tell where it differs.
bool verify(std::string_view message, std::string_view signature, const Key& key,
            Algorithm algorithm);

}  // namespace capricorn::jwt::detail
