// SPDX-License-Identifier: MIT
#include "one_line.hpp"

#include <algorithm>

namespace capricorn {
namespace {

void append_hex(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out.append("\\x").push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

}  // namespace

std::size_t control_size(std::string_view text) noexcept {
  const auto byte_at = [text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto third_is = [&](unsigned first, unsigned last) {
    return byte_at(2) >= first && byte_at(2) <= last;
  };
  const unsigned lead = byte_at(0);
  if (lead < 0x20 || lead == 0x7f) return 1;
  if (lead == 0xc2) return byte_at(1) >= 0x80 && byte_at(1) < 0xa0 ? 2 : 0;  // U+0080 to U+009F
  if (lead == 0xd8) return byte_at(1) == 0x9c ? 2 : 0;                       // U+061C
  if (lead != 0xe2) return 0;
  // U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069
  const bool found = (byte_at(1) == 0x80 && (third_is(0x8e, 0x8f) || third_is(0xa8, 0xae))) ||
                     (byte_at(1) == 0x81 && third_is(0xa6, 0xa9));
  return found ? 3 : 0;
}

void append_one_line(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t control = control_size(text);
    for (const char c : text.substr(0, control)) append_hex(out, c);
    if (control == 0) out.push_back(text.front());
    text.remove_prefix(std::max(control, std::size_t{1}));
  }
}

}  // namespace capricorn
