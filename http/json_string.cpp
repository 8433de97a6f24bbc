// SPDX-License-Identifier: MIT
#include "json_string.hpp"

#include <cstddef>

#include "plain_text.hpp"
#include "utf8.hpp"

namespace capricorn {
namespace {

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

/// Of text of which the first byte that is not plain is at `at`.
void write_with_escapes(Buffer& out, std::string_view text, const char* at) {
  const char* const end = text.data() + text.size();
  const char* run = text.data();
  out.push_back('"');
  for (; at != end; at = detail::skip_plain_text(at, end)) {
    const auto c = static_cast<unsigned char>(*at);
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

}  // namespace

void write_json_string(Buffer& out, std::string_view text) {
  const char* const special = detail::skip_plain_text(text.data(), text.data() + text.size());
  if (special != text.data() + text.size()) return write_with_escapes(out, text, special);
  char* const at = out.prepare(text.size() + 2);
  at[0] = '"';
  text.copy(at + 1, text.size());
  at[text.size() + 1] = '"';
  out.commit(text.size() + 2);
}

}  // namespace capricorn
