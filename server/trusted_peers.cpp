// SPDX-License-Identifier: MIT
#include "trusted_peers.hpp"

#include <algorithm>
#include <optional>

namespace capricorn {

TrustedPeers::TrustedPeers(const std::vector<std::string>& allowed) {
  for (const std::string& one : allowed) {
    if (one == "*")
      everybody_ = true;
    else if (one == "unix")
      unix_ = true;
    else if (const std::optional<IpNetwork> network = parse_ip_network(one))
      networks_.push_back(*network);
    else
      names_.push_back(one);
  }
}

bool TrustedPeers::trusts(std::string_view address) const noexcept {
  if (everybody_) return true;
  const std::optional<IpAddress> ip = parse_ip_address(address);
  return ip && std::ranges::any_of(networks_,
                                   [&](const IpNetwork& network) { return network.contains(*ip); });
}

/// The name of a Unix socket's client is what it likes: it must not pass for an address.
bool TrustedPeers::trusts_unix(std::string_view name) const noexcept {
  return everybody_ || unix_ || std::ranges::find(names_, name) != names_.end();
}

}  // namespace capricorn
