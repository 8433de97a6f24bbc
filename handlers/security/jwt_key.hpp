// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "jwt_algorithm.hpp"

namespace capricorn::jwt {

namespace detail {
struct KeyState;
}

/// What tokens are signed or verified with, parsed and checked once: make it where the program
/// starts. It knows what it is, so that a public key is never taken for a secret, whatever a token
/// says. A copy shares it; any number of threads may use it.
class Key {
 public:
  /// A secret for HS256, HS384 and HS512, of at least as many bytes as their hash has (RFC 7518,
  /// 3.2): `Key(secrets::token_bytes())`. Throws InvalidKeyError for one that is empty or is a key
  /// of another kind as text.
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  Key(const Text& secret)  // NOLINT: implicit, as PyJWT takes a text
      : Key(secret_of(secret)) {}
  /// The same of any length, for tokens that others sign so.
  static Key short_secret(std::string_view secret);

  /// A private key (signs and verifies), a public key or a certificate (verify), as PEM; `password`
  /// opens one that is encrypted. RSA of at least 2048 bits, P-256, P-384, P-521, Ed25519, Ed448.
  /// Throws InvalidKeyError.
  static Key from_pem(std::string_view pem, std::string_view password = {});
  /// A JSON Web Key (RFC 7517), as a provider's JWKS has them. Its `alg` is then the only one it
  /// takes. Throws InvalidKeyError.
  static Key from_jwk(const nlohmann::json& jwk);

  KeyKind kind() const noexcept;
  /// Whether it is a secret or a private key.
  bool can_sign() const noexcept;
  /// Why it is none for that algorithm; "" where it is one.
  std::string misfit(Algorithm algorithm) const;

  const detail::KeyState& state() const noexcept { return *state_; }

 private:
  explicit Key(std::shared_ptr<const detail::KeyState> state) noexcept;
  static Key secret_of(std::string_view secret);

  // Copies are equal and none outlives the others: a key is a value.
  std::shared_ptr<const detail::KeyState> state_;
};

}  // namespace capricorn::jwt
