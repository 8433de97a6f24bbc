// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Python's `secrets`: randomness that nobody can guess, from OpenSSL's generator. Any thread; each
/// throws std::runtime_error where the system has no randomness. 32 bytes are enough for any token.
namespace capricorn::secrets {

std::string token_bytes(std::size_t size = 32);
/// Two digits for each byte.
std::string token_hex(std::size_t size = 32);
/// base64url without padding: four characters for three bytes.
std::string token_urlsafe(std::size_t size = 32);

/// Whether both are the same, in a time that does not tell where they differ; that their sizes
/// differ may show. For whatever a client sends to prove something: keys, tokens, passwords.
bool compare_digest(std::string_view a, std::string_view b) noexcept;

}  // namespace capricorn::secrets
