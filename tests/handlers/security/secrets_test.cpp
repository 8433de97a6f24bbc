// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/security/secrets.hpp>
#include <capricorn/http/base64.hpp>
#include <set>

using namespace capricorn;

TEST_CASE("tokens have the size that was asked for") {
  for (const std::size_t size : {0, 1, 16, 33}) {
    CHECK(secrets::token_bytes(size).size() == size);
    const std::string hex = secrets::token_hex(size);
    CHECK(hex.size() == 2 * size);
    CHECK(hex.find_first_not_of("0123456789abcdef") == std::string::npos);
    REQUIRE(base64url_decode(secrets::token_urlsafe(size)));
    CHECK(base64url_decode(secrets::token_urlsafe(size))->size() == size);
  }
  CHECK(secrets::token_urlsafe().size() == 43);
}

TEST_CASE("no token comes twice") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(secrets::token_bytes(16));
  CHECK(seen.size() == 1000);
}

TEST_CASE("compare_digest compares all bytes and the sizes") {
  CHECK(secrets::compare_digest("", ""));
  CHECK(secrets::compare_digest("abc", "abc"));
  CHECK_FALSE(secrets::compare_digest("abc", "abd"));
  CHECK_FALSE(secrets::compare_digest("abc", "bbc"));
  CHECK_FALSE(secrets::compare_digest("abc", "abcd"));
  CHECK_FALSE(secrets::compare_digest({"a\0b", 3}, {"a\0c", 3}));
}
