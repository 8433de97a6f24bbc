// SPDX-License-Identifier: MIT
#include "utf8.hpp"

#include <cstring>

namespace capricorn {
namespace {

/// How many of the first bytes are ASCII, looked at by eight.
std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (std::uint64_t word; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (word & 0x8080808080808080U) break;
  }
  return at;
}

}  // namespace

bool Utf8Validator::feed(std::string_view piece) noexcept {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (missing_ == 0) i += ascii_prefix(piece.substr(i));
    if (i == piece.size()) break;
    const auto byte = static_cast<unsigned char>(piece[i]);
    if (missing_ > 0) {
      if (byte < lowest_ || byte > highest_) return false;
      lowest_ = 0x80;
      highest_ = 0xbf;
      --missing_;
    } else if (byte >= 0x80 && !start_sequence(byte)) {
      return false;
    }
  }
  return true;
}

bool Utf8Validator::start_sequence(unsigned char lead) noexcept {
  if (lead < 0xc2 || lead > 0xf4) return false;
  missing_ = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  lowest_ = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  highest_ = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  return true;
}

}  // namespace capricorn
