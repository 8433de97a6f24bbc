// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace capricorn::detail {

/// Where the bytes at `at` that a JSON string has as they are, one for each character, end: at a
/// quote, a backslash, a control character, or a byte of a longer sequence. May stop up to seven
/// bytes before `end`.
///
/// Sixteen bytes at once where every machine can, else eight: each term has the high bit of a byte
/// set where that byte ends the run. What is borrowed from the bytes above can only set more of
/// them there, so the lowest is exact.
inline const char* skip_plain_text(const char* at, const char* end) noexcept {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // As signed numbers those of longer sequences are less than a space, too.
    const __m128i control = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const int found = _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
    if (found != 0) return at + std::countr_zero(static_cast<unsigned>(found));
  }
#endif
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t control = word - kOnes * 0x20;
    const std::uint64_t quote = (word ^ kOnes * '"') - kOnes;
    const std::uint64_t backslash = (word ^ kOnes * '\\') - kOnes;
    const std::uint64_t found = (control | quote | backslash | word) & kHigh;
    if (found == 0) continue;
    if constexpr (std::endian::native == std::endian::little) {
      at += std::countr_zero(found) / 8;
    }
    return at;
  }
  return at;
}

}  // namespace capricorn::detail
