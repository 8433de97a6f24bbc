// SPDX-License-Identifier: MIT
#include "secrets.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <limits>
#include <stdexcept>

#include "../../http/base64.hpp"
#include "../../http/hash.hpp"

namespace capricorn::secrets {

std::string token_bytes(std::size_t size) {
  if (size > std::numeric_limits<int>::max()) throw std::length_error("a token of gigabytes");
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    throw std::runtime_error("OpenSSL has no randomness");
  }
  return bytes;
}

std::string token_hex(std::size_t size) { return to_hex(token_bytes(size)); }

std::string token_urlsafe(std::size_t size) { return base64url_encode(token_bytes(size)); }

bool compare_digest(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace capricorn::secrets
