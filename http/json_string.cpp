// SPDX-License-Identifier: MIT
#include "json_string.hpp"

#include <cstddef>

#include "plain_text.hpp"
#include "utf8.hpp"

namespace capricorn {
namespace {

/// A byte that goes into a string as it is, if it begins no sequence.
constexpr bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

void write_escape(Buffer& out, unsigned char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"': return out.append("\\\"");
    case '\\': return out.append("\\\\");
    case '\b': return out.append("\\b");
    case '\f': return out.append("\\f");
    case '\n': return out.append("\\n");
    case '\r': return out.append("\\r");
    case '\t': return out.append("\\t");
    default: {
      const char text[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
      out.append({text, sizeof text});
    }
  }
}

}  // namespace

void write_json_string(Buffer& out, std::string_view text) {
  out.push_back('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* run = at;
  for (at = detail::skip_plain_text(at, end); at != end;) {
    const auto c = static_cast<unsigned char>(*at);
    if (is_plain(c)) {
      ++at;
      continue;
    }
    if (c >= 0x80) {
      if (const std::size_t size = detail::utf8_sequence(at, end); size != 0) {
        at += size;
        continue;
      }
    }
    out.append({run, static_cast<std::size_t>(at - run)});
    if (c >= 0x80) {
      out.append("\xef\xbf\xbd");
    } else {
      write_escape(out, c);
    }
    run = ++at;
  }
  out.append({run, static_cast<std::size_t>(end - run)});
  out.push_back('"');
}

}  // namespace capricorn
