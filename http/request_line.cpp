// SPDX-License-Identifier: MIT
#include "request_line.hpp"

#include <array>

#include "request_target.hpp"

namespace capricorn {

namespace {

/// Visible ASCII, but neither what ends a path nor a fragment.
constexpr std::array<bool, 256> make_path_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = '!'; c <= '~'; ++c) table[c] = c != '?' && c != '#' && c != '%';
  return table;
}
constexpr auto kPathBytes = make_path_table();

bool stands_for_itself(char c) noexcept { return kPathBytes[static_cast<unsigned char>(c)]; }

}  // namespace

std::optional<PlainRequestLine> read_plain_request_line(std::string_view bytes) noexcept {
  constexpr std::string_view kEnd = " HTTP/1.1\r\n";
  const std::size_t method_size = bytes.find(' ');
  if (method_size == bytes.npos) return std::nullopt;
  const Method method = parse_method(bytes.substr(0, method_size));
  // CONNECT's target is a host and a port.
  if (method == Method::kOther || method == Method::kConnect) return std::nullopt;

  const std::string_view rest = bytes.substr(method_size + 1);
  if (!rest.starts_with('/')) return std::nullopt;
  std::size_t at = 1;
  bool escaped = false;
  for (; at < rest.size(); ++at) {
    if (stands_for_itself(rest[at])) continue;
    if (rest[at] != '%') break;
    escaped = true;
  }
  const std::string_view path = rest.substr(0, at);
  while (at < rest.size() && (stands_for_itself(rest[at]) || rest[at] == '?' || rest[at] == '%')) {
    ++at;
  }
  if (!rest.substr(at).starts_with(kEnd)) return std::nullopt;
  if (escaped && !has_good_escapes(path)) return std::nullopt;
  return PlainRequestLine{.method = method,
                          .size = method_size + 1 + at + kEnd.size(),
                          .target_at = method_size + 1,
                          .target_size = at,
                          .path_size = path.size(),
                          .escaped = escaped};
}

}  // namespace capricorn
