// SPDX-License-Identifier: MIT
#include "hash.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <limits>
#include <new>
#include <stdexcept>

namespace capricorn {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

const EVP_MD* openssl_hash(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha1: return EVP_sha1();
    case HashAlgorithm::kSha256: return EVP_sha256();
    case HashAlgorithm::kSha384: return EVP_sha384();
    case HashAlgorithm::kSha512: return EVP_sha512();
  }
  throw std::invalid_argument("no such hash");
}

[[noreturn]] void fail() { throw std::runtime_error("OpenSSL does not offer this hash"); }

std::string to_string(const Digest& digest, unsigned size) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

void Hasher::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Hasher::Hasher(HashAlgorithm algorithm) : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  if (EVP_DigestInit_ex(context_.get(), openssl_hash(algorithm), nullptr) != 1) fail();
}
Hasher::Hasher(Hasher&& other) noexcept = default;
Hasher& Hasher::operator=(Hasher&& other) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::string_view bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) fail();
}

std::string Hasher::digest() const {
  const std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  Digest digest;
  unsigned size = 0;
  if (!copy || EVP_MD_CTX_copy_ex(copy.get(), context_.get()) != 1 ||
      EVP_DigestFinal_ex(copy.get(), digest.data(), &size) != 1) {
    fail();
  }
  return to_string(digest, size);
}

std::string Hasher::hexdigest() const { return to_hex(digest()); }

std::string hash_digest(HashAlgorithm algorithm, std::string_view bytes) {
  Digest digest;
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, openssl_hash(algorithm),
                 nullptr) != 1) {
    fail();
  }
  return to_string(digest, size);
}

std::string hmac_digest(std::string_view key, std::string_view message, HashAlgorithm algorithm) {
  if (key.size() > std::numeric_limits<int>::max()) throw std::length_error("a key of gigabytes");
  Digest digest;
  unsigned size = 0;
  // A null key would mean "the one from before".
  const char* bytes = key.empty() ? "" : key.data();
  if (!HMAC(openssl_hash(algorithm), bytes, static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
            &size)) {
    fail();
  }
  return to_string(digest, size);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

}  // namespace capricorn
