// SPDX-License-Identifier: MIT
#include "authority.hpp"

#include "../loop/parse_number.hpp"

namespace capricorn {

Authority split_authority(std::string_view text) noexcept {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || text.find(']', colon) != text.npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string_view without_brackets(std::string_view host) noexcept {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  return parse_number<std::uint16_t>(text);
}

}  // namespace capricorn
