// SPDX-License-Identifier: MIT
#include "base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace capricorn {
namespace {

/// The 64 digits, and the value of each character, -1 where it is no digit.
struct Alphabet {
  std::string_view digits;
  std::array<std::int8_t, 256> values;

  consteval explicit Alphabet(const char (&text)[65]) : digits(text, 64), values() {
    values.fill(-1);
    for (std::size_t i = 0; i < 64; ++i) {
      values[static_cast<unsigned char>(text[i])] = static_cast<std::int8_t>(i);
    }
  }
};

constexpr Alphabet kStandard("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
constexpr Alphabet kUrl("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

std::string encode(std::string_view bytes, const Alphabet& alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) {
      text.push_back(alphabet.digits[bits >> (count - 6) & 63]);
    }
  }
  if (count > 0) text.push_back(alphabet.digits[bits << (6 - count) & 63]);
  return text;
}

std::optional<std::string> decode(std::string_view digits, const Alphabet& alphabet) {
  if (digits.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : digits) {
    const int value = alphabet.values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 255));
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text = encode(bytes, kStandard);
  text.resize((text.size() + 3) / 4 * 4, '=');
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode(text, kStandard);
}

std::string base64url_encode(std::string_view bytes) { return encode(bytes, kUrl); }

std::optional<std::string> base64url_decode(std::string_view text) { return decode(text, kUrl); }

}  // namespace capricorn
