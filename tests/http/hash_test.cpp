// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/hash.hpp>

using namespace capricorn;

TEST_CASE("hashes are those of FIPS 180-4's examples") {
  CHECK(to_hex(hash_digest(HashAlgorithm::kSha1, "abc")) ==
        "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(to_hex(hash_digest(HashAlgorithm::kSha256, "abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(hash_digest(HashAlgorithm::kSha256, "")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(hash_digest(HashAlgorithm::kSha384, "abc")).starts_with("cb00753f45a35e8bb5a03d69"));
  CHECK(to_hex(hash_digest(HashAlgorithm::kSha512, "abc")).starts_with("ddaf35a193617abacc417349"));
}

TEST_CASE("a digest has the size that is said of it") {
  for (const HashAlgorithm algorithm : {HashAlgorithm::kSha1, HashAlgorithm::kSha256,
                                        HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    CHECK(hash_digest(algorithm, "abc").size() == digest_size(algorithm));
    CHECK(hmac_digest("key", "abc", algorithm).size() == digest_size(algorithm));
  }
}

TEST_CASE("a hash of pieces is that of the whole, and goes on behind a digest") {
  Hasher hash(HashAlgorithm::kSha256);
  hash.update("a");
  CHECK(hash.digest() == hash_digest(HashAlgorithm::kSha256, "a"));
  hash.update("");
  hash.update("bc");
  CHECK(hash.digest() == hash_digest(HashAlgorithm::kSha256, "abc"));
  CHECK(hash.hexdigest() == to_hex(hash.digest()));
}

TEST_CASE("HMACs are those of RFC 4231") {
  CHECK(to_hex(hmac_digest("Jefe", "what do ya want for nothing?", HashAlgorithm::kSha256)) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const std::string long_key(131, '\xaa');
  CHECK(to_hex(hmac_digest(long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
                           HashAlgorithm::kSha256)) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(to_hex(hmac_digest("", "", HashAlgorithm::kSha256)) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}
