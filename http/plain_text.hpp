// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace capricorn::detail {

/// Whether a JSON string has the byte as it is, and as a character of its own.
constexpr bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// The high bit of each of eight bytes, the first lowest, that is not plain. What is borrowed from
/// the bytes below can only set more of them above, so the lowest is exact.
inline std::uint64_t find_special(std::uint64_t word) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const std::uint64_t control = word - kOnes * 0x20;
  const std::uint64_t quote = (word ^ kOnes * '"') - kOnes;
  const std::uint64_t backslash = (word ^ kOnes * '\\') - kOnes;
  return (control | quote | backslash | word) & kHigh;
}

template <class T>
T load_little_endian(const char* at) noexcept {
  T word;
  std::memcpy(&word, at, sizeof word);
  return std::endian::native == std::endian::big ? std::byteswap(word) : word;
}

/// The bytes from `at` to `end`, at least one step of them, in steps; of the last, which ends with
/// the text, some have been looked at before. `find` has `kBits` for each byte, and sets some of
/// those that are not plain.
template <std::ptrdiff_t kStep, int kBits, class Find>
const char* skip_plain_steps(const char* at, const char* end, Find find) noexcept {
  for (; end - at >= kStep; at += kStep) {
    if (const auto found = find(at)) return at + std::countr_zero(found) / kBits;
  }
  const auto found = find(end - kStep);
  return found == 0 ? end : end - kStep + std::countr_zero(found) / kBits;
}

/// Where the plain bytes at `at` end: at a quote, a backslash, a control character, a byte of a
/// longer sequence, or `end`. Sixteen at once where every machine can, else eight.
inline const char* skip_plain_text(const char* at, const char* end) noexcept {
#ifdef __SSE2__
  if (end - at >= 16) {
    return skip_plain_steps<16, 1>(at, end, [](const char* from) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
      // As signed numbers those of longer sequences are less than a space, too.
      const __m128i control = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
      const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
      const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
      const __m128i special = _mm_or_si128(control, _mm_or_si128(quote, backslash));
      return static_cast<unsigned>(_mm_movemask_epi8(special));
    });
  }
#endif
  if (end - at >= 8) {
    return skip_plain_steps<8, 8>(at, end, [](const char* from) {
      return find_special(load_little_endian<std::uint64_t>(from));
    });
  }
  while (at != end && is_plain(*at)) ++at;
  return at;
}

}  // namespace capricorn::detail
