// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/security/password_hash.hpp>

using namespace capricorn;

namespace {

// Cheap: what is hashed here is nobody's password.
const PasswordHash quick = PasswordHash::scrypt({.log_n = 4, .r = 1, .p = 1});

}  // namespace

TEST_CASE("a password verifies against its hash, and no other does") {
  const std::string hash = quick.hash("hunter2");
  CHECK(hash.starts_with("$scrypt$ln=4,r=1,p=1$"));
  CHECK(PasswordHash::verify("hunter2", hash));
  CHECK_FALSE(PasswordHash::verify("hunter3", hash));
  CHECK_FALSE(PasswordHash::verify("", hash));
  CHECK(PasswordHash::verify("", quick.hash("")));
}

TEST_CASE("each hash has a salt of its own") { CHECK(quick.hash("a") != quick.hash("a")); }

TEST_CASE("scrypt is that of RFC 7914, 12") {
  // The others there have shorter salts than are taken, or cost 1 GiB.
  CHECK(PasswordHash::verify(
      "pleaseletmein",
      "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
      "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"));
  CHECK_FALSE(PasswordHash::verify(
      "pleaseletmeIn",
      "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
      "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"));
}

TEST_CASE("a hash of Python's passlib verifies") {
  CHECK(PasswordHash::verify(
      "password",
      "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"));
}

TEST_CASE("a hash of another cost verifies, and asks to be made anew") {
  const auto costlier = PasswordHash::scrypt({.log_n = 5, .r = 1, .p = 1});
  const std::string hash = quick.hash("a");
  CHECK(costlier.verify("a", hash));
  CHECK(costlier.needs_rehash(hash));
  CHECK_FALSE(quick.needs_rehash(hash));
  CHECK(PasswordHash::scrypt().needs_rehash(hash));
}

TEST_CASE("what is no hash is said to be none") {
  const std::string good = quick.hash("a");
  const std::string tail = good.substr(good.find('$', 8));
  for (const std::string& text :
       {std::string(),
        std::string("a"),
        std::string("$"),
        std::string("$scrypt$"),
        std::string("$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"),
        good.substr(1),
        good + "$",
        good + "=",
        good.substr(0, good.rfind('$')),
        good.substr(0, good.rfind('$') + 5),
        "$scrypt$ln=4,r=1" + tail,
        "$scrypt$ln=4,r=1,p=1,x=1" + tail,
        "$scrypt$ln=04,r=1,p=1" + tail,
        "$scrypt$ln=+4,r=1,p=1" + tail,
        "$scrypt$ln=,r=1,p=1" + tail,
        "$scrypt$r=1,ln=4,p=1" + tail,
        "$scrypt$ln=4,r=1,p=1$YQ" + tail.substr(tail.rfind('$')),
        "$argon2i$v=19$m=19456,t=2,p=1" + tail,
        "$argon2id$m=19456,t=2,p=1" + tail,
        "$argon2id$v=16$m=19456,t=2,p=1" + tail}) {
    CAPTURE(text);
    CHECK_THROWS_AS(PasswordHash::verify("a", text), UnknownHashError);
    CHECK_THROWS_AS(quick.needs_rehash(text), UnknownHashError);
  }
}

TEST_CASE("a cost that nobody meant is not paid") {
  const std::string good = quick.hash("a");
  const std::string tail = good.substr(good.find('$', 8));
  for (const std::string_view cost :
       {"$scrypt$ln=0,r=8,p=1", "$scrypt$ln=24,r=8,p=1", "$scrypt$ln=64,r=8,p=1",
        "$scrypt$ln=14,r=8,p=1000000", "$scrypt$ln=14,r=0,p=1", "$scrypt$ln=14,r=8,p=0",
        "$scrypt$ln=18,r=8,p=64", "$scrypt$ln=4294967295,r=8,p=1",
        "$argon2id$v=19$m=4194304,t=2,p=1", "$argon2id$v=19$m=19456,t=1000000,p=1",
        "$argon2id$v=19$m=4,t=1,p=1"}) {
    CAPTURE(cost);
    CHECK_THROWS_AS(PasswordHash::verify("a", std::string(cost) + tail), UnknownHashError);
  }
  CHECK_THROWS_AS(PasswordHash::scrypt({.log_n = 24}), std::invalid_argument);
  CHECK_THROWS_AS(PasswordHash::argon2id({.memory_kib = 1 << 22}), std::invalid_argument);
}

TEST_CASE("the recommended hash is Argon2id where OpenSSL has it") {
  const PasswordHash recommended = PasswordHash::recommended();
  const std::string hash = recommended.hash("a");
  CHECK(hash.starts_with(PasswordHash::has_argon2id() ? "$argon2id$v=19$m=19456,t=2,p=1$"
                                                      : "$scrypt$ln=14,r=8,p=5$"));
  CHECK(PasswordHash::verify("a", hash));
  CHECK_FALSE(PasswordHash::verify("b", hash));
  CHECK_FALSE(recommended.needs_rehash(hash));
}

// The reference implementation's own test: password "password", salt "somesalt".
TEST_CASE("Argon2id verifies what the reference implementation made, or says that it cannot") {
  const std::string_view hash =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  if (PasswordHash::has_argon2id()) {
    CHECK(PasswordHash::verify("password", hash));
    CHECK_FALSE(PasswordHash::verify("Password", hash));
  } else {
    CHECK_THROWS_AS(PasswordHash::verify("password", hash), UnknownHashError);
    CHECK_THROWS_AS(PasswordHash::argon2id(), std::runtime_error);
  }
}
