// SPDX-License-Identifier: MIT
// The Authorization field, the credentials in it, and the texts that hold hashes of passwords.
#include <capricorn/handlers/security/authorization.hpp>
#include <capricorn/handlers/security/password_hash.hpp>
#include <capricorn/http/base64.hpp>

#include "fuzz.hpp"

using namespace capricorn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = detail::parse_authorization(text)) {
    fuzz::require(!parsed->scheme.empty() && !parsed->credentials.empty(), "both are there");
    fuzz::require(parsed->scheme.find(' ') == std::string_view::npos, "a scheme is one word");
    const std::string again = std::string(parsed->scheme) + " " + std::string(parsed->credentials);
    const auto back = detail::parse_authorization(again);
    fuzz::require(back && back->credentials == parsed->credentials, "it comes back as it was");
  }
  for (const std::string& credentials : {std::string(text), base64_encode(text)}) {
    if (const auto basic = detail::parse_basic_credentials(credentials)) {
      fuzz::require(basic->username.find(':') == std::string::npos, "the first colon separates");
      fuzz::require(base64_encode(basic->username + ":" + basic->password) == credentials,
                    "one text for the same credentials");
    }
  }
  if (const auto bytes = base64url_decode(text)) {
    fuzz::require(base64url_encode(*bytes) == text, "one text for the same bytes");
  }
  try {
    static const PasswordHash quick = PasswordHash::scrypt({.log_n = 1, .r = 1, .p = 1});
    static_cast<void>(quick.needs_rehash(text));
  } catch (const UnknownHashError&) {
  }
  return 0;
}
