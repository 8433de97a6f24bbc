// SPDX-License-Identifier: MIT
#include "uuid.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

#include "../http/utf8.hpp"
#include "../loop/ascii.hpp"
#include "../loop/buffer.hpp"
#include "validation.hpp"

namespace capricorn {

namespace {

constexpr std::size_t kGroupEnds[] = {8, 13, 18, 23, 36};

/// The digits and hyphens, without braces or prefix.
std::string_view inner(std::string_view text) noexcept {
  constexpr std::string_view kPrefix = "urn:uuid:";
  if (text.size() >= 2 && text.front() == '{' && text.back() == '}') {
    return text.substr(1, text.size() - 2);
  }
  return text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text;
}

/// What a reader of UUIDs in Rust says of a text that is none, which is what pydantic passes on.
std::string reason(std::string_view text) {
  const std::string_view body = inner(text);
  const std::size_t before = static_cast<std::size_t>(body.data() - text.data());
  std::size_t hyphens = 0;
  std::size_t groups[4] = {};
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '-') {
      if (hyphens < 4) groups[hyphens] = i;
      ++hyphens;
    } else if (hex_value(body[i]) < 0) {
      const bool plain = static_cast<unsigned char>(body[i]) < 0x80;
      const std::size_t size =
          plain ? 1 : detail::utf8_sequence(body.data() + i, body.data() + body.size());
      return "invalid character: expected an optional prefix of `urn:uuid:` followed by "
             "[0-9a-fA-F-], found `" +
             std::string(body.substr(i, size == 0 ? 1 : size)) + "` at " +
             std::to_string(i + before + 1);
    }
  }
  if (hyphens == 0 && before == 0) {
    return "invalid length: expected length 32 for simple format, found " +
           std::to_string(text.size());
  }
  if (hyphens != 4) {
    return "invalid group count: expected 5, found " + std::to_string(hyphens + 1);
  }
  const auto group_error = [](std::size_t group, std::size_t expected, std::size_t found) {
    return "invalid group length in group " + std::to_string(group) + ": expected " +
           std::to_string(expected) + ", found " + std::to_string(found);
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (groups[i] != kGroupEnds[i]) {
      return group_error(i, kGroupEnds[i] - begin, groups[i] - begin);
    }
    begin = kGroupEnds[i] + 1;
  }
  return group_error(4, 12, text.size() - begin);
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  text = inner(text);
  const bool hyphened = text.size() == 36;
  if (!hyphened && text.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 16> bytes;
  std::size_t at = 0;
  for (std::uint8_t& byte : bytes) {
    if (hyphened && (at == 8 || at == 13 || at == 18 || at == 23) && text[at++] != '-') {
      return std::nullopt;
    }
    const int high = hex_value(text[at++]);
    const int low = hex_value(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<std::uint8_t>(high << 4 | low);
  }
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : bytes_) {
    const std::size_t size = text.size();
    if (size == 8 || size == 13 || size == 18 || size == 23) text += '-';
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

Uuid uuid4() {
  std::array<std::uint8_t, 16> bytes;
  if (::getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "getentropy");
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid(bytes);
}

bool TextTraits<Uuid>::parse(std::string_view text, void* value, ErrorDetail& error) {
  if (const auto uuid = Uuid::parse(text)) {
    *static_cast<Uuid*>(value) = *uuid;
    return true;
  }
  const std::string why = reason(text);
  error.type = "uuid_parsing";
  error.msg = "Input should be a valid UUID, " + why;
  error.ctx_json = "{\"error\":" + json_quote(why) + "}";
  return false;
}

void TextTraits<Uuid>::write(Buffer& out, const void* value) {
  out.push_back('"');
  out.append(static_cast<const Uuid*>(value)->to_string());
  out.push_back('"');
}

}  // namespace capricorn
