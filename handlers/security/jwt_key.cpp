// SPDX-License-Identifier: MIT
#include "jwt_key.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "jwt_errors.hpp"
#include "jwt_key_state.hpp"
#include "openssl_errors.hpp"

namespace capricorn::jwt {

namespace detail {

void FreeKey::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

KeyState::~KeyState() { OPENSSL_cleanse(secret.data(), secret.size()); }

KeyState describe_key(OpenSslKey key, bool can_sign) {
  KeyState state;
  state.can_sign = can_sign;
  if (EVP_PKEY_is_a(key.get(), "RSA")) {
    state.kind = KeyKind::kRsa;
  } else if (EVP_PKEY_is_a(key.get(), "EC")) {
    state.kind = KeyKind::kEc;
    std::array<char, 64> curve{};
    if (EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), nullptr) == 1) {
      state.curve = curve.data();
    }
  } else if (EVP_PKEY_is_a(key.get(), "ED25519") || EVP_PKEY_is_a(key.get(), "ED448")) {
    state.kind = KeyKind::kEdwards;
  } else {
    throw InvalidKeyError("The key is neither an RSA, an EC nor an Ed25519 or Ed448 key.");
  }
  state.key = std::move(key);
  return state;
}

}  // namespace detail

namespace {

using detail::KeyState;
using detail::OpenSslKey;

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

Bio open(std::string_view text) {
  if (text.size() > std::numeric_limits<int>::max()) throw InvalidKeyError("The key is too long.");
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

/// Instead of OpenSSL's own, which asks at the terminal.
int give_password(char* buffer, int size, int, void* password) {
  const auto& text = *static_cast<const std::string_view*>(password);
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  return static_cast<int>(text.copy(buffer, text.size()));
}

/// PEM, OpenSSH's public keys and JSON begin so: what is no secret.
bool looks_like_a_key(std::string_view text) {
  constexpr std::string_view kSsh[] = {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"};
  return text.contains("---- BEGIN ") || text.contains("-----BEGIN ") ||
         std::ranges::any_of(kSsh,
                             [&](std::string_view start) { return text.starts_with(start); }) ||
         (text.starts_with('{') && text.contains("\"kty\""));
}

std::shared_ptr<const KeyState> make_secret(std::string_view secret, bool any_length) {
  if (secret.empty()) throw InvalidKeyError("The secret is empty.");
  if (looks_like_a_key(secret)) {
    throw InvalidKeyError(
        "The specified key is an asymmetric key or x509 certificate and should not be used as an "
        "HMAC secret: read it with Key::from_pem or Key::from_jwk.");
  }
  auto state = std::make_shared<KeyState>();
  state->secret = secret;
  state->any_length = any_length;
  return state;
}

}  // namespace

Key::Key(std::shared_ptr<const KeyState> state) noexcept : state_(std::move(state)) {}

Key Key::secret_of(std::string_view secret) { return Key(make_secret(secret, false)); }
Key Key::short_secret(std::string_view secret) { return Key(make_secret(secret, true)); }

Key Key::from_pem(std::string_view pem, std::string_view password) {
  const capricorn::detail::OpenSslErrors errors;
  OpenSslKey key(PEM_read_bio_PrivateKey(open(pem).get(), nullptr, give_password, &password));
  const bool can_sign = key != nullptr;
  if (!key) key.reset(PEM_read_bio_PUBKEY(open(pem).get(), nullptr, give_password, &password));
  if (!key) {
    const std::unique_ptr<X509, FreeCertificate> certificate(
        PEM_read_bio_X509(open(pem).get(), nullptr, give_password, &password));
    if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  }
  if (!key) throw InvalidKeyError("Could not parse the provided key.");
  return Key(std::make_shared<KeyState>(detail::describe_key(std::move(key), can_sign)));
}

KeyKind Key::kind() const noexcept { return state_->kind; }
bool Key::can_sign() const noexcept { return state_->can_sign; }

std::string Key::misfit(Algorithm algorithm) const {
  constexpr int kMinimumRsaBits = 2048;
  const auto& wanted = algorithm.info();
  const std::string name(wanted.name);
  if (wanted.key != state_->kind || (wanted.key == KeyKind::kEc && wanted.curve != state_->curve)) {
    return "The key is of another kind than " + name + " takes.";
  }
  if (!state_->only_algorithm.empty() && state_->only_algorithm != wanted.name) {
    return "The key is for " + state_->only_algorithm + " alone, not for " + name + ".";
  }
  if (wanted.key == KeyKind::kSecret && !state_->any_length &&
      state_->secret.size() < digest_size(wanted.hash)) {
    return "The secret has " + std::to_string(state_->secret.size()) + " bytes; " + name +
           " needs " + std::to_string(digest_size(wanted.hash)) + " (RFC 7518, 3.2).";
  }
  if (wanted.key == KeyKind::kRsa && EVP_PKEY_get_bits(state_->key.get()) < kMinimumRsaBits) {
    return "The RSA key has fewer than 2048 bits (RFC 7518, 3.3).";
  }
  return "";
}

}  // namespace capricorn::jwt
