// SPDX-License-Identifier: MIT
// Key::from_jwk: RFC 7517, 7518 (6) and 8037 (2).
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "../../http/base64.hpp"
#include "jwt_errors.hpp"
#include "jwt_key.hpp"
#include "jwt_key_state.hpp"
#include "openssl_errors.hpp"

namespace capricorn::jwt {
namespace {

using detail::OpenSslKey;

[[noreturn]] void fail(const char* member) {
  throw InvalidKeyError(std::string("The JWK's \"") + member + "\" is missing or not valid.");
}

std::string text_of(const nlohmann::json& jwk, const char* member) {
  const auto found = jwk.find(member);
  if (found == jwk.end() || !found->is_string()) fail(member);
  return found->get<std::string>();
}

/// The bytes of a member; throws where it is not there.
std::string bytes_of(const nlohmann::json& jwk, const char* member) {
  auto bytes = base64url_decode(text_of(jwk, member));
  if (!bytes || bytes->empty()) fail(member);
  return *std::move(bytes);
}

const unsigned char* data_of(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Collects what a key is made of for EVP_PKEY_fromdata.
class KeyBuilder {
 public:
  KeyBuilder() : builder_(OSSL_PARAM_BLD_new()) {
    if (!builder_) throw std::bad_alloc();
  }

  void add_number(const char* name, const std::string& bytes) {
    constexpr std::size_t kMaxBytes = 16384 / 8;  // OpenSSL's own limit for RSA
    if (bytes.size() > kMaxBytes) throw InvalidKeyError("The JWK has too large a number.");
    Number number(BN_secure_new());
    if (!number || !BN_bin2bn(data_of(bytes), static_cast<int>(bytes.size()), number.get()) ||
        OSSL_PARAM_BLD_push_BN(builder_.get(), name, number.get()) != 1) {
      throw std::bad_alloc();
    }
    numbers_.push_back(std::move(number));
  }
  /// Both outlive the builder.
  void add_text(const char* name, const char* text) {
    if (OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, text, 0) != 1) throw std::bad_alloc();
  }
  void add_bytes(const char* name, const std::string& bytes) {
    if (OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, bytes.data(), bytes.size()) != 1) {
      throw std::bad_alloc();
    }
  }

  OpenSslKey build(const char* type, bool is_private) {
    const std::unique_ptr<OSSL_PARAM, FreeParameters> parameters(
        OSSL_PARAM_BLD_to_param(builder_.get()));
    const std::unique_ptr<EVP_PKEY_CTX, FreeContext> context(
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          parameters.get()) != 1) {
      throw InvalidKeyError("The JWK is no key.");
    }
    return OpenSslKey(key);
  }

 private:
  struct FreeBuilder {
    void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
  };
  struct FreeNumber {
    void operator()(BIGNUM* number) const noexcept { BN_clear_free(number); }
  };
  struct FreeParameters {
    void operator()(OSSL_PARAM* parameters) const noexcept { OSSL_PARAM_free(parameters); }
  };
  struct FreeContext {
    void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
  };
  using Number = std::unique_ptr<BIGNUM, FreeNumber>;

  std::unique_ptr<OSSL_PARAM_BLD, FreeBuilder> builder_;
  std::vector<Number> numbers_;  // the builder points at them
};

OpenSslKey read_rsa(const nlohmann::json& jwk, bool is_private) {
  struct Member {
    const char* name;
    const char* parameter;
  };
  static constexpr Member kPublic[] = {{"n", OSSL_PKEY_PARAM_RSA_N}, {"e", OSSL_PKEY_PARAM_RSA_E}};
  static constexpr Member kPrivate[] = {
      {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
      {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
      {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
  if (jwk.contains("oth")) throw InvalidKeyError("RSA keys of more than two primes are not taken.");
  KeyBuilder builder;
  for (const auto& [name, parameter] : kPublic) builder.add_number(parameter, bytes_of(jwk, name));
  if (is_private) {
    for (const auto& [name, parameter] : kPrivate) {
      builder.add_number(parameter, bytes_of(jwk, name));
    }
  }
  return builder.build("RSA", is_private);
}

OpenSslKey read_ec(const nlohmann::json& jwk, bool is_private) {
  struct Curve {
    std::string_view name;
    std::string_view algorithm;
  };
  static constexpr Curve kCurves[] = {{"P-256", "ES256"}, {"P-384", "ES384"}, {"P-521", "ES512"}};
  const auto* curve = std::ranges::find(kCurves, text_of(jwk, "crv"), &Curve::name);
  if (curve == std::end(kCurves)) fail("crv");
  const auto& info = *detail::find_algorithm(curve->algorithm);
  std::string point("\x04");  // uncompressed (SEC 1, 2.3.3)
  for (const char* coordinate : {"x", "y"}) {
    const std::string bytes = bytes_of(jwk, coordinate);
    if (bytes.size() != info.coordinate) fail(coordinate);
    point += bytes;
  }
  KeyBuilder builder;
  builder.add_text(OSSL_PKEY_PARAM_GROUP_NAME, info.curve.data());
  builder.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, point);
  if (is_private) builder.add_number(OSSL_PKEY_PARAM_PRIV_KEY, bytes_of(jwk, "d"));
  return builder.build("EC", is_private);
}

OpenSslKey read_edwards(const nlohmann::json& jwk, bool is_private) {
  const std::string curve = text_of(jwk, "crv");
  if (curve != "Ed25519" && curve != "Ed448") fail("crv");
  const char* type = curve == "Ed25519" ? "ED25519" : "ED448";
  const std::string bytes = bytes_of(jwk, is_private ? "d" : "x");
  OpenSslKey key(
      is_private
          ? EVP_PKEY_new_raw_private_key_ex(nullptr, type, nullptr, data_of(bytes), bytes.size())
          : EVP_PKEY_new_raw_public_key_ex(nullptr, type, nullptr, data_of(bytes), bytes.size()));
  if (!key) throw InvalidKeyError("The JWK is no key.");
  return key;
}

}  // namespace

Key Key::from_jwk(const nlohmann::json& jwk) {
  const capricorn::detail::OpenSslErrors errors;
  if (!jwk.is_object()) throw InvalidKeyError("A JWK is an object.");
  if (jwk.contains("use") && jwk["use"] != "sig") {
    throw InvalidKeyError("The JWK is not for signatures.");
  }
  const std::string type = text_of(jwk, "kty");
  const bool is_private = jwk.contains("d");
  detail::KeyState state;
  if (type == "oct") {
    state.secret = bytes_of(jwk, "k");
  } else if (type == "RSA") {
    state = detail::describe_key(read_rsa(jwk, is_private), is_private);
  } else if (type == "EC") {
    state = detail::describe_key(read_ec(jwk, is_private), is_private);
  } else if (type == "OKP") {
    state = detail::describe_key(read_edwards(jwk, is_private), is_private);
  } else {
    fail("kty");
  }
  if (jwk.contains("alg")) state.only_algorithm = text_of(jwk, "alg");
  return Key(std::make_shared<const detail::KeyState>(std::move(state)));
}

}  // namespace capricorn::jwt
