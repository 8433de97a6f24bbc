// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../../http/hash.hpp"

namespace capricorn::jwt {

/// What a key has to be.
enum class KeyKind : std::uint8_t { kSecret, kRsa, kEc, kEdwards };

namespace detail {

struct AlgorithmInfo {
  std::string_view name;
  KeyKind key;
  HashAlgorithm hash;  // EdDSA has its own
  bool pss = false;
  std::string_view curve = {};  // of an ES algorithm, as OpenSSL names it
  std::size_t coordinate = 0;   // its bytes
};

/// RFC 7518, 3.1 and RFC 8037, 3.1. There is no "none".
inline constexpr AlgorithmInfo kAlgorithms[] = {
    {"HS256", KeyKind::kSecret, HashAlgorithm::kSha256},
    {"HS384", KeyKind::kSecret, HashAlgorithm::kSha384},
    {"HS512", KeyKind::kSecret, HashAlgorithm::kSha512},
    {"RS256", KeyKind::kRsa, HashAlgorithm::kSha256},
    {"RS384", KeyKind::kRsa, HashAlgorithm::kSha384},
    {"RS512", KeyKind::kRsa, HashAlgorithm::kSha512},
    {"PS256", KeyKind::kRsa, HashAlgorithm::kSha256, true},
    {"PS384", KeyKind::kRsa, HashAlgorithm::kSha384, true},
    {"PS512", KeyKind::kRsa, HashAlgorithm::kSha512, true},
    {"ES256", KeyKind::kEc, HashAlgorithm::kSha256, false, "prime256v1", 32},
    {"ES384", KeyKind::kEc, HashAlgorithm::kSha384, false, "secp384r1", 48},
    {"ES512", KeyKind::kEc, HashAlgorithm::kSha512, false, "secp521r1", 66},
    {"EdDSA", KeyKind::kEdwards, HashAlgorithm::kSha512},
};

constexpr const AlgorithmInfo* find_algorithm(std::string_view name) noexcept {
  for (const AlgorithmInfo& info : kAlgorithms) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

/// Not constexpr, so that calling it while compiling stops with its name.
void a_token_is_signed_with_HS256_384_512_RS256_384_512_PS256_384_512_ES256_384_512_or_EdDSA();

}  // namespace detail

/// One of the algorithms by its name, which the compiler checks: `Algorithm("HS256")`.
class Algorithm {
 public:
  template <std::size_t N>
  consteval Algorithm(const char (&name)[N])  // NOLINT: implicit, a name is meant
      : info_(detail::find_algorithm({name, N - 1})) {
    if (!info_) {
      detail::
          a_token_is_signed_with_HS256_384_512_RS256_384_512_PS256_384_512_ES256_384_512_or_EdDSA();
    }
  }
  /// For a name that comes from a configuration; nothing where there is none of that name.
  static constexpr std::optional<Algorithm> find(std::string_view name) noexcept {
    const detail::AlgorithmInfo* info = detail::find_algorithm(name);
    return info ? std::optional(Algorithm(*info)) : std::nullopt;
  }

  constexpr std::string_view name() const noexcept { return info_->name; }
  constexpr const detail::AlgorithmInfo& info() const noexcept { return *info_; }
  friend constexpr bool operator==(Algorithm, Algorithm) noexcept = default;

 private:
  constexpr explicit Algorithm(const detail::AlgorithmInfo& info) noexcept : info_(&info) {}
  const detail::AlgorithmInfo* info_;
};

}  // namespace capricorn::jwt
