// SPDX-License-Identifier: MIT
#include "jwt.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "../../http/base64.hpp"
#include "../json_dom.hpp"
#include "../json_read.hpp"
#include "../json_write.hpp"
#include "jwt_claims.hpp"
#include "jwt_signature.hpp"

namespace capricorn::jwt {
namespace {

struct Segments {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header and payload
};

Segments split(std::string_view token, std::size_t max_size) {
  if (token.size() > max_size) {
    throw DecodeError("Token longer than " + std::to_string(max_size) + " bytes");
  }
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last) throw DecodeError("Not enough segments");
  const Segments segments{token.substr(0, first), token.substr(first + 1, last - first - 1),
                          token.substr(last + 1), token.substr(0, last)};
  if (segments.payload.contains('.')) throw DecodeError("Too many segments");
  return segments;
}

std::string decode_segment(std::string_view segment, const char* what) {
  auto bytes = base64url_decode(segment);
  if (!bytes) throw DecodeError(std::string("Invalid ") + what + " padding");
  return *std::move(bytes);
}

nlohmann::json read_object(const std::string& text, const char* what) {
  std::optional<nlohmann::json> object = try_parse_json(text);
  if (!object || !object->is_object()) {
    throw DecodeError(std::string("Invalid ") + what + " string: must be a json object");
  }
  return *std::move(object);
}

nlohmann::json read_header(std::string_view segment) {
  auto header = read_object(decode_segment(segment, "header"), "header");
  if (header.contains("kid") && !header["kid"].is_string()) {
    throw InvalidTokenError("Key ID header parameter must be a string");
  }
  // RFC 7515, 4.1.11: who does not know what is critical refuses it, and we know none.
  if (header.contains("crit")) throw InvalidTokenError("Unsupported critical extension");
  return header;
}

/// Of those that were named and that the key fits, the one the token says.
Algorithm choose_algorithm(const nlohmann::json& header, const Key& key,
                           std::span<const Algorithm> algorithms) {
  if (algorithms.empty()) throw std::invalid_argument("jwt::decode needs the algorithms");
  std::string misfit;
  const auto fits = [&](Algorithm algorithm) {
    misfit = key.misfit(algorithm);
    return misfit.empty();
  };
  if (std::ranges::none_of(algorithms, fits)) throw InvalidKeyError(misfit);
  const auto named = header.find("alg");
  if (named == header.end()) throw InvalidAlgorithmError("Algorithm not specified");
  if (named->is_string()) {
    const auto algorithm = Algorithm::find(named->get_ref<const std::string&>());
    if (algorithm && std::ranges::find(algorithms, *algorithm) != algorithms.end() &&
        fits(*algorithm)) {
      return *algorithm;
    }
  }
  throw InvalidAlgorithmError("The specified alg value is not allowed");
}

struct Verified {
  std::string text;
  nlohmann::json claims;
};

/// Nothing of the payload is read before its signature is known to be good.
Verified verify_token(std::string_view token, const Key& key, std::span<const Algorithm> algorithms,
                      const DecodeOptions& options) {
  const Segments segments = split(token, options.max_size);
  const auto header = read_header(segments.header);
  const Algorithm algorithm = choose_algorithm(header, key, algorithms);
  const std::string signature = decode_segment(segments.signature, "crypto");
  if (!detail::verify(segments.signed_text, signature, key, algorithm)) {
    throw InvalidSignatureError("Signature verification failed");
  }
  Verified verified{decode_segment(segments.payload, "payload"), {}};
  verified.claims = read_object(verified.text, "payload");
  detail::check_claims(verified.claims, options);
  return verified;
}

std::string encode_text(std::string_view payload, const Key& key, Algorithm algorithm,
                        const nlohmann::json& header) {
  if (const std::string misfit = key.misfit(algorithm); !misfit.empty()) {
    throw InvalidKeyError(misfit);
  }
  std::string token = base64url_encode(header.dump()) + '.' + base64url_encode(payload);
  const std::string signature = detail::sign(token, key, algorithm);
  return token + '.' + base64url_encode(signature);
}

nlohmann::json header_of(Algorithm algorithm) {
  return {{"alg", algorithm.name()}, {"typ", "JWT"}};
}

}  // namespace

std::string encode(const nlohmann::json& payload, const Key& key, Algorithm algorithm) {
  return encode(payload, key, algorithm, nlohmann::json::object());
}

std::string encode(const nlohmann::json& payload, const Key& key, Algorithm algorithm,
                   const nlohmann::json& headers) {
  if (!payload.is_object()) throw std::invalid_argument("the payload of a token is an object");
  if (payload.contains("iss") && !payload["iss"].is_string()) {
    throw std::invalid_argument("Issuer (iss) must be a string.");
  }
  if (!headers.is_object()) throw std::invalid_argument("the headers of a token are an object");
  nlohmann::json header = headers;
  header.update(header_of(algorithm), false);
  if (headers.contains("typ")) header["typ"] = headers["typ"];
  return encode_text(payload.dump(), key, algorithm, header);
}

nlohmann::json decode(std::string_view token, const Key& key,
                      std::initializer_list<Algorithm> algorithms, const DecodeOptions& options) {
  return decode(token, key, std::span(algorithms.begin(), algorithms.size()), options);
}

nlohmann::json decode(std::string_view token, const Key& key, std::span<const Algorithm> algorithms,
                      const DecodeOptions& options) {
  return verify_token(token, key, algorithms, options).claims;
}

nlohmann::json get_unverified_header(std::string_view token) {
  return read_header(split(token, DecodeOptions{}.max_size).header);
}

std::int64_t numeric_date(std::chrono::system_clock::time_point time) noexcept {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

namespace detail {

std::string encode_model(const TypeInfo& type, const void* payload, const Key& key,
                         Algorithm algorithm) {
  Buffer text;
  write_json(text, type, payload);
  return encode_text(text.view(), key, algorithm, header_of(algorithm));
}

void decode_model(const TypeInfo& type, void* claims, std::string_view token, const Key& key,
                  std::span<const Algorithm> algorithms, const DecodeOptions& options) {
  const Verified verified = verify_token(token, key, algorithms, options);
  ValidationErrors errors;
  if (read_json(verified.text, type, claims, errors, "claims")) return;
  const ErrorDetail& first = errors.front();
  std::string where;
  for (const LocItem& item : first.loc) {
    if (!where.empty()) where += '.';
    const auto* name = std::get_if<std::string>(&item);
    where += name ? *name : std::to_string(std::get<std::int64_t>(item));
  }
  throw DecodeError(where + ": " + first.msg);
}

}  // namespace detail

}  // namespace capricorn::jwt
