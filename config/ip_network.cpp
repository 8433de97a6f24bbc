// SPDX-License-Identifier: MIT
#include "ip_network.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "option_value.hpp"

namespace capricorn {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

IpAddress unmapped(const IpAddress& address) noexcept {
  if (!std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) return address;
  IpAddress inner{.bits = 32};
  std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin());
  return inner;
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) noexcept {
  text = text.substr(0, text.find('%'));
  char name[INET6_ADDRSTRLEN] = "";
  if (text.size() >= sizeof name || text.find('\0') != text.npos) return std::nullopt;
  text.copy(name, text.size());
  IpAddress address;
  if (::inet_pton(AF_INET, name, address.bytes.data()) == 1) return address;
  address.bits = 128;
  if (::inet_pton(AF_INET6, name, address.bytes.data()) == 1) return unmapped(address);
  return std::nullopt;
}

bool IpNetwork::contains(const IpAddress& other) const noexcept {
  if (other.bits != address.bits) return false;
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin())) {
    return false;
  }
  const int rest = prefix % 8;
  const auto mask = static_cast<std::uint8_t>(0xff00 >> rest);
  return rest == 0 || ((address.bytes[whole] ^ other.bytes[whole]) & mask) == 0;
}

std::optional<IpNetwork> parse_ip_network(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = parse_ip_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return IpNetwork{*address, address->bits};
  const std::optional<long long> prefix = parse_integer(text.substr(slash + 1));
  if (!prefix || *prefix < 0 || *prefix > address->bits) return std::nullopt;
  return IpNetwork{*address, static_cast<int>(*prefix)};
}

}  // namespace capricorn
