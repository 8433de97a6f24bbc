// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace capricorn {

/// An IPv4 or IPv6 address. One that is IPv4 mapped into IPv6 is the IPv4 address.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  int bits = 32;  // 32 or 128

  bool operator==(const IpAddress&) const = default;
};
/// As text has it: "192.0.2.1", "2001:db8::1", "fe80::1%eth0" whose zone is dropped.
std::optional<IpAddress> parse_ip_address(std::string_view text) noexcept;

/// "10.0.0.0/8"; an address alone is a network of one.
struct IpNetwork {
  IpAddress address;
  int prefix = 32;

  bool contains(const IpAddress& other) const noexcept;
};
std::optional<IpNetwork> parse_ip_network(std::string_view text) noexcept;

}  // namespace capricorn
