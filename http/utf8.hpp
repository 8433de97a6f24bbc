// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace capricorn {

/// Checks text that comes in pieces, and refuses it with the first byte that cannot stand where it
/// stands: overlong forms, surrogates and what lies beyond U+10FFFF included.
class Utf8Validator {
 public:
  /// False where the text cannot become valid any more; then it is to be `reset`.
  bool feed(std::string_view piece) noexcept;
  /// Whether the text may end here.
  bool complete() const noexcept { return missing_ == 0; }
  void reset() noexcept { missing_ = 0; }

 private:
  bool start_sequence(unsigned char lead) noexcept;

  std::uint8_t missing_ = 0;  // bytes of the sequence under way
  std::uint8_t lowest_ = 0;   // what its next byte may be
  std::uint8_t highest_ = 0;
};

namespace detail {

/// Length of the valid UTF-8 sequence of two to four bytes at `at`, 0 if there is none.
inline std::size_t utf8_sequence(const char* at, const char* end) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const std::size_t left = static_cast<std::size_t>(end - at);
  const unsigned char lead = byte(0);
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || left < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  if (lead == 0xe0 && byte(1) < 0xa0) return 0;
  if (lead == 0xed && byte(1) > 0x9f) return 0;
  if (lead == 0xf0 && byte(1) < 0x90) return 0;
  if (lead == 0xf4 && byte(1) > 0x8f) return 0;
  return size;
}

}  // namespace detail

}  // namespace capricorn
