// SPDX-License-Identifier: MIT
#include "request_line.hpp"

#include <array>

namespace capricorn {

namespace {

/// Visible ASCII, but no fragment.
constexpr std::array<bool, 256> make_target_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = '!'; c <= '~'; ++c) table[c] = c != '#';
  return table;
}
constexpr auto kTargetBytes = make_target_table();

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
  std::size_t target_size = 1;
  while (target_size < rest.size() && kTargetBytes[static_cast<unsigned char>(rest[target_size])])
    ++target_size;
  if (!rest.substr(target_size).starts_with(kEnd)) return std::nullopt;
  return PlainRequestLine{.method = method,
                          .target_at = method_size + 1,
                          .target_size = target_size,
                          .size = method_size + 1 + target_size + kEnd.size()};
}

}  // namespace capricorn
