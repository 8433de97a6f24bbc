// SPDX-License-Identifier: MIT
// Tokens from outside: none that was not signed with the key counts, and the same claims come back
// from one that was.
#include <algorithm>
#include <capricorn/handlers/security/jwt.hpp>
#include <capricorn/http/base64.hpp>
#include <nlohmann/json.hpp>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

/// With another signature it would be somebody who broke HMAC; the corpus's own tokens are signed
/// with another secret.
void refuse(std::string_view token, const jwt::Key& key) {
  try {
    jwt::decode(token, key, {"HS256"});
    fuzz::require(false, "a token that nobody signed is refused");
  } catch (const jwt::InvalidTokenError&) {
  }
}

/// Signs whatever the bytes are, so that header and claims are read too.
void read_signed(std::string_view header, std::string_view payload, const jwt::Key& key,
                 std::string_view secret) {
  const std::string text = base64url_encode(header) + '.' + base64url_encode(payload);
  const std::string token =
      text + '.' + base64url_encode(hmac_digest(secret, text, HashAlgorithm::kSha256));
  try {
    const auto claims = jwt::decode(token, key, {"HS256"}, {.audience = {"a"}, .issuer = {"b"}});
    fuzz::require(claims.is_object(), "claims are an object");
    const std::string again = jwt::encode(claims, key);
    fuzz::require(jwt::decode(again, key, {"HS256"}, {.audience = {"a"}}) == claims,
                  "claims come back as they were");
  } catch (const jwt::InvalidTokenError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string secret(32, 's');
  static const jwt::Key key(secret);
  fuzz::Input input(data, size);
  const std::size_t cut = input.choose(64);
  const std::string_view text = input.rest();
  refuse(text, key);
  try {
    jwt::get_unverified_header(text);
  } catch (const jwt::InvalidTokenError&) {
  }
  read_signed(R"({"alg":"HS256"})", text, key, secret);
  read_signed(text.substr(0, cut), text.substr(std::min(cut, text.size())), key, secret);
  return 0;
}
