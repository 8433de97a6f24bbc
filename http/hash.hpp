// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's

namespace capricorn {

/// SHA-1 is for protocols that name it (WebSocket, itsdangerous), not for anything new.
enum class HashAlgorithm : std::uint8_t { kSha1, kSha256, kSha384, kSha512 };

/// How many bytes a digest has.
constexpr std::size_t digest_size(HashAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case HashAlgorithm::kSha1: return 20;
    case HashAlgorithm::kSha256: return 32;
    case HashAlgorithm::kSha384: return 48;
    case HashAlgorithm::kSha512: return 64;
  }
  return 0;
}

/// The hash of bytes that come piece by piece, as Python's hashlib. One thread at a time. Throws
/// std::runtime_error where OpenSSL refuses the algorithm.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  Hasher(Hasher&& other) noexcept;
  Hasher& operator=(Hasher&& other) noexcept;
  ~Hasher();

  void update(std::string_view bytes);
  /// Of all bytes so far; more may follow.
  std::string digest() const;
  std::string hexdigest() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The raw bytes of the digest. Throws as Hasher does.
std::string hash_digest(HashAlgorithm algorithm, std::string_view bytes);
/// RFC 2104, as Python's hmac.digest. To compare one that came from outside:
/// secrets::compare_digest.
std::string hmac_digest(std::string_view key, std::string_view message, HashAlgorithm algorithm);

/// Two lower-case digits for each byte.
std::string to_hex(std::string_view bytes);

}  // namespace capricorn
