// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text_type.hpp"

namespace capricorn {

/// A UUID (RFC 9562): `Path<Uuid, "item_id">`. Default-initialised it is uninitialised, as a number
/// is; `Uuid{}` is all zeros.
class Uuid {
 public:
  Uuid() = default;
  constexpr explicit Uuid(const std::array<std::uint8_t, 16>& bytes) noexcept : bytes_(bytes) {}

  /// With hyphens or without, in braces, or as "urn:uuid:...".
  static std::optional<Uuid> parse(std::string_view text) noexcept;

  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  int version() const noexcept { return bytes_[6] >> 4; }
  /// 8-4-4-4-12 digits in lower case.
  std::string to_string() const;

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_;
};

/// A random one, version 4, of the system's generator. Throws std::system_error where that fails.
Uuid uuid4();

template <>
struct TextTraits<Uuid> {
  static bool parse(std::string_view text, void* value, ErrorDetail& error);
  static void write(Buffer& out, const void* value);
  static constexpr TextType kType{
      "uuid", "uuid", "uuid_type", "UUID input should be a string, bytes or UUID object",
      &parse, &write};
};

}  // namespace capricorn
