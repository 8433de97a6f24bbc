// SPDX-License-Identifier: MIT
#include "jwt_signature.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <new>
#include <optional>

#include "jwt_errors.hpp"
#include "jwt_key_state.hpp"
#include "openssl_errors.hpp"
#include "secrets.hpp"

namespace capricorn::jwt::detail {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;
struct FreeEcSignature {
  void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};
using EcSignature = std::unique_ptr<ECDSA_SIG, FreeEcSignature>;
struct FreeNumber {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* data_of(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// EdDSA hashes by itself, hence null.
const EVP_MD* hash_of(const AlgorithmInfo& info) {
  if (info.key == KeyKind::kEdwards) return nullptr;
  switch (info.hash) {
    case HashAlgorithm::kSha384: return EVP_sha384();
    case HashAlgorithm::kSha512: return EVP_sha512();
    default: return EVP_sha256();
  }
}

/// RFC 7518, 3.5: the salt is as long as the hash.
bool set_padding(EVP_PKEY_CTX* context, const AlgorithmInfo& info) {
  if (!info.pss) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

Context new_context() {
  Context context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  return context;
}

/// RFC 7518, 3.4: R and S side by side, each as wide as the curve; OpenSSL has them in DER.
std::string raw_of_der(const std::string& der, std::size_t coordinate) {
  const unsigned char* at = data_of(std::string_view(der));
  const EcSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string raw(2 * coordinate, '\0');
  const int width = static_cast<int>(coordinate);
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), data_of(raw), width) != width ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), data_of(raw) + coordinate, width) != width) {
    throw InvalidKeyError("OpenSSL gave no signature.");
  }
  return raw;
}

std::optional<std::string> der_of_raw(std::string_view raw, std::size_t coordinate) {
  if (raw.size() != 2 * coordinate) return std::nullopt;
  const int width = static_cast<int>(coordinate);
  Number r(BN_bin2bn(data_of(raw), width, nullptr));
  Number s(BN_bin2bn(data_of(raw) + coordinate, width, nullptr));
  const EcSignature signature(ECDSA_SIG_new());
  if (!r || !s || !signature) throw std::bad_alloc();
  if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return std::nullopt;
  static_cast<void>(r.release());  // the signature's now
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
  if (size <= 0) return std::nullopt;
  std::string der(static_cast<std::size_t>(size), '\0');
  unsigned char* at = data_of(der);
  if (i2d_ECDSA_SIG(signature.get(), &at) != size) return std::nullopt;
  return der;
}

}  // namespace

std::string sign(std::string_view message, const Key& key, Algorithm algorithm) {
  const auto& info = algorithm.info();
  const KeyState& state = key.state();
  if (info.key == KeyKind::kSecret) return hmac_digest(state.secret, message, info.hash);
  if (!state.can_sign) throw InvalidKeyError("A public key signs nothing.");
  const capricorn::detail::OpenSslErrors errors;
  const Context context = new_context();
  EVP_PKEY_CTX* options = nullptr;  // the context's
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), &options, hash_of(info), nullptr, state.key.get()) != 1 ||
      !set_padding(options, info) ||
      EVP_DigestSign(context.get(), nullptr, &size, data_of(message), message.size()) != 1) {
    throw InvalidKeyError("OpenSSL does not sign with this key.");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), data_of(signature), &size, data_of(message), message.size()) !=
      1) {
    throw InvalidKeyError("OpenSSL does not sign with this key.");
  }
  signature.resize(size);
  return info.key == KeyKind::kEc ? raw_of_der(signature, info.coordinate) : signature;
}

bool verify(std::string_view message, std::string_view signature, const Key& key,
            Algorithm algorithm) {
  const auto& info = algorithm.info();
  const KeyState& state = key.state();
  if (info.key == KeyKind::kSecret) {
    return secrets::compare_digest(signature, hmac_digest(state.secret, message, info.hash));
  }
  std::string der;
  if (info.key == KeyKind::kEc) {
    auto converted = der_of_raw(signature, info.coordinate);
    if (!converted) return false;
    der = *std::move(converted);
    signature = der;
  }
  const capricorn::detail::OpenSslErrors errors;
  const Context context = new_context();
  EVP_PKEY_CTX* options = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &options, hash_of(info), nullptr, state.key.get()) != 1 ||
      !set_padding(options, info)) {
    throw InvalidKeyError("OpenSSL does not verify with this key.");
  }
  return EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(message),
                          message.size()) == 1;
}

}  // namespace capricorn::jwt::detail
