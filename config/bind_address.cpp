// SPDX-License-Identifier: MIT
#include "bind_address.hpp"

#include <limits>

#include "option_value.hpp"

namespace capricorn {
namespace {

std::optional<BindAddress> parse_path(std::string_view path) {
  if (path.empty() || path == "@" || path.find('\0') != path.npos) return std::nullopt;
  BindAddress address{.kind = BindAddress::Kind::kPath, .path = std::string(path)};
  if (path[0] == '@') address.path[0] = '\0';
  return address;
}

std::optional<BindAddress> parse_descriptor(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::optional<long long> number = parse_integer(text);
  if (!number) return BindAddress{.kind = BindAddress::Kind::kPassed, .name = std::string(text)};
  if (*number < 0 || *number > std::numeric_limits<int>::max()) return std::nullopt;
  return BindAddress{.kind = BindAddress::Kind::kDescriptor, .fd = static_cast<int>(*number)};
}

std::optional<BindAddress> parse_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  const std::optional<long long> port = parse_integer(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == host.npos) return std::nullopt;
  } else if (host.find_first_of("[]:/") != host.npos) {
    return std::nullopt;  // without brackets nobody knows where an IPv6 address ends
  }
  return BindAddress{.host = std::string(host), .port = static_cast<int>(*port)};
}

}  // namespace

std::optional<BindAddress> parse_bind_address(std::string_view text) {
  if (text.starts_with("unix:")) return parse_path(text.substr(5));
  if (text.starts_with("fd://")) return parse_descriptor(text.substr(5));
  return parse_port(text);
}

}  // namespace capricorn
