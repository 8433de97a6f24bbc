// SPDX-License-Identifier: MIT
#include "timestamp_signer.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "../../http/base64.hpp"
#include "../security/secrets.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kSalt = "itsdangerous.Signer";

/// Big-endian, without zeros in front.
std::string encode_time(std::time_t time) {
  std::string bytes;
  for (auto rest = static_cast<std::uint64_t>(time); rest > 0; rest >>= 8) {
    bytes.insert(bytes.begin(), static_cast<char>(rest & 255));
  }
  return base64url_encode(bytes);
}

std::optional<std::time_t> decode_time(std::string_view text) {
  const auto bytes = base64url_decode(text);
  if (!bytes || bytes->empty() || bytes->size() > 7) return std::nullopt;
  std::uint64_t time = 0;
  for (const char c : *bytes) time = time << 8 | static_cast<unsigned char>(c);
  return static_cast<std::time_t>(time);
}

}  // namespace

TimestampSigner::TimestampSigner(const std::vector<std::string>& secrets, HashAlgorithm algorithm)
    : algorithm_(algorithm) {
  if (secrets.empty()) throw std::invalid_argument("a signer needs a secret");
  for (const std::string& secret : secrets) {
    if (secret.empty()) throw std::invalid_argument("a signer's secret must not be empty");
    keys_.push_back(hash_digest(algorithm, std::string(kSalt) + "signer" + secret));
  }
}

std::string TimestampSigner::signature(std::string_view value, const std::string& key) const {
  return base64url_encode(hmac_digest(key, value, algorithm_));
}

std::string TimestampSigner::sign(std::string_view value, std::time_t now) const {
  std::string text(value);
  text.append(".").append(encode_time(now));
  const std::string proof = signature(text, keys_.front());
  return text.append(".").append(proof);
}

std::optional<std::string_view> TimestampSigner::unsign(
    std::string_view text, std::time_t now, std::optional<std::chrono::seconds> max_age) const {
  const std::size_t last = text.rfind('.');
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view signed_part = text.substr(0, last);
  const auto proves = [&](const std::string& key) {
    return secrets::compare_digest(signature(signed_part, key), text.substr(last + 1));
  };
  if (std::ranges::none_of(keys_, proves)) return std::nullopt;
  const std::size_t dot = signed_part.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto time = decode_time(signed_part.substr(dot + 1));
  if (!time || *time > now) return std::nullopt;
  if (max_age && now - *time > max_age->count()) return std::nullopt;
  return signed_part.substr(0, dot);
}

}  // namespace capricorn
