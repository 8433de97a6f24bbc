// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../type_info.hpp"
#include "jwt_algorithm.hpp"
#include "jwt_errors.hpp"
#include "jwt_key.hpp"

/// JSON Web Tokens (RFC 7519, signed as in RFC 7515) by PyJWT's names. Any thread. HS, ES and EdDSA
/// cost microseconds and are for the loop; signing with RSA costs up to a few milliseconds.
namespace capricorn::jwt {

/// What a token has to be, besides signed.
struct DecodeOptions {
  /// Ours: the token's `aud` has to name one of them. Where this is empty a token that is for
  /// somebody is refused, for it is not for us.
  std::vector<std::string> audience = {};
  std::vector<std::string> issuer = {};  // `iss` has to be one of them; empty: any or none
  std::optional<std::string> subject = {};
  std::chrono::seconds leeway{0};         // how far our clock may be from the issuer's
  std::vector<std::string> require = {};  // claims that have to be there, and not null
  bool verify_exp = true;
  bool verify_nbf = true;
  bool verify_iat = true;
  bool verify_aud = true;
  bool verify_sub = true;  // that it is a text
  bool verify_jti = true;
  std::size_t max_size = 16384;  // of the token, in bytes
  /// The time that counts as now; without one, the system's.
  std::optional<std::chrono::system_clock::time_point> now = {};
};

/// A token of these claims, an object. Throws InvalidKeyError where the key does not fit,
/// std::invalid_argument where the payload is no object or its `iss` no text, and what nlohmann's
/// `dump` throws for texts that are no UTF-8.
std::string encode(const nlohmann::json& payload, const Key& key, Algorithm algorithm = "HS256");
/// With more fields in its header, `kid` for instance.
std::string encode(const nlohmann::json& payload, const Key& key, Algorithm algorithm,
                   const nlohmann::json& headers);

/// The claims of a token that was signed with that key by one of those algorithms and is valid now.
/// Throws InvalidTokenError, as one of the classes derived from it, where it is not;
/// InvalidKeyError where the key fits none of the algorithms; std::invalid_argument where none is
/// named.
nlohmann::json decode(std::string_view token, const Key& key,
                      std::initializer_list<Algorithm> algorithms,
                      const DecodeOptions& options = {});
nlohmann::json decode(std::string_view token, const Key& key, std::span<const Algorithm> algorithms,
                      const DecodeOptions& options = {});

/// The header of a token whose signature nobody has looked at: to find the key by its `kid`, and
/// for nothing else. Throws DecodeError.
nlohmann::json get_unverified_header(std::string_view token);

/// Seconds since 1970, as `exp`, `nbf` and `iat` have them.
std::int64_t numeric_date(std::chrono::system_clock::time_point time) noexcept;

namespace detail {

std::string encode_model(const TypeInfo& type, const void* payload, const Key& key,
                         Algorithm algorithm);
void decode_model(const TypeInfo& type, void* claims, std::string_view token, const Key& key,
                  std::span<const Algorithm> algorithms, const DecodeOptions& options);

}  // namespace detail

/// The same with a model as payload.
template <ModelType Claims>
std::string encode(const Claims& payload, const Key& key, Algorithm algorithm = "HS256") {
  return detail::encode_model(type_info<Claims>(), &payload, key, algorithm);
}
/// `jwt::decode<Claims>(token, key, {"HS256"})`: claims that do not fit the model are a
/// DecodeError.
template <ModelType Claims>
Claims decode(std::string_view token, const Key& key, std::initializer_list<Algorithm> algorithms,
              const DecodeOptions& options = {}) {
  Claims claims{};
  detail::decode_model(type_info<Claims>(), &claims, token, key,
                       {algorithms.begin(), algorithms.size()}, options);
  return claims;
}

}  // namespace capricorn::jwt
