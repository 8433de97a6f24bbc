// expect: a_token_is_signed_with_HS256_384_512_RS256_384_512_PS256_384_512_ES256_384_512_or_EdDSA
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>
#include <nlohmann/json.hpp>

using namespace capricorn;

nlohmann::json claims(std::string_view token, const jwt::Key& key) {
#ifdef CORRECT
  return jwt::decode(token, key, {"HS256"});
#else
  return jwt::decode(token, key, {"none"});
#endif
}
