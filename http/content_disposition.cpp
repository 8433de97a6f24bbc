// SPDX-License-Identifier: MIT
#include "content_disposition.hpp"

#include "url.hpp"
#include "utf8.hpp"

namespace capricorn {
namespace {

constexpr char kStandIn = '_';

/// RFC 6266, appendix D: an escaped quote and a percent sign are read in different ways, and a path
/// is no name.
bool is_safe(char c) {
  constexpr std::string_view kUnsafe = "\"\\%/";
  return c >= 0x20 && c < 0x7f && kUnsafe.find(c) == std::string_view::npos;
}

/// RFC 8187, 3.2.1: attr-char, besides what no URL escapes.
constexpr std::string_view kAttrMarks = "!#$&+^`|";

}  // namespace

std::string content_disposition(std::string_view type, std::string_view filename) {
  std::string plain;
  std::string extended;
  bool safe = true;
  for (const char* at = filename.data(); at != filename.data() + filename.size();) {
    const char* end = filename.data() + filename.size();
    const bool ascii = static_cast<unsigned char>(*at) < 0x80;
    const std::size_t size = ascii ? 1 : detail::utf8_sequence(at, end);
    safe = safe && ascii && is_safe(*at);
    plain += ascii && is_safe(*at) ? *at : kStandIn;
    // What is no UTF-8 cannot be said in it.
    const std::string_view character(size > 0 ? at : &kStandIn, size > 0 ? size : 1);
    extended += percent_encode(character, kAttrMarks);
    at += size > 0 ? size : 1;
  }
  std::string out(type);
  out.append("; filename=\"").append(plain).append("\"");
  if (!safe) out.append("; filename*=UTF-8''").append(extended);
  return out;
}

}  // namespace capricorn
