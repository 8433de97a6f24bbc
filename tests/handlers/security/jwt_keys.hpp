// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace capricorn::test {

/// A key made for the test, as PEM: none lies in the sources.
struct PemKey {
  std::string private_pem;
  std::string public_pem;
  std::string encrypted_pem = {};  // by the password "secret"
};

namespace detail {

template <class Write>
std::string write_pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  if (write(bio.get()) != 1) throw std::runtime_error("no PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

inline PemKey to_pem(EVP_PKEY* made) {
  if (!made) throw std::runtime_error("no key");
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(made, EVP_PKEY_free);
  PemKey pem;
  pem.private_pem = write_pem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, made, nullptr, nullptr, 0, nullptr, nullptr);
  });
  pem.public_pem = write_pem([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, made); });
  pem.encrypted_pem = write_pem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, made, EVP_aes_256_cbc(), "secret", 6, nullptr,
                                         nullptr);
  });
  return pem;
}

}  // namespace detail

inline PemKey rsa_key(unsigned bits = 2048) {
  return detail::to_pem(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits}));
}
/// "P-256", "P-384", "P-521" or another.
inline PemKey ec_key(const char* curve) {
  return detail::to_pem(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}
/// "ED25519", "ED448" or "X25519".
inline PemKey edwards_key(const char* type) {
  return detail::to_pem(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
}

}  // namespace capricorn::test
