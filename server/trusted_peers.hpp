// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../config/ip_network.hpp"

namespace capricorn {

/// `--forwarded-allow-ips`: whose word about others is taken. IP addresses, networks, "*" for
/// everybody, "unix" for who comes through a Unix socket, and names of such sockets' clients.
class TrustedPeers {
 public:
  explicit TrustedPeers(const std::vector<std::string>& allowed);

  /// An address, as text.
  bool trusts(std::string_view address) const noexcept;
  /// Who came through a Unix socket, by the name of its own, mostly "".
  bool trusts_unix(std::string_view name) const noexcept;

 private:
  std::vector<IpNetwork> networks_;
  std::vector<std::string> names_;
  bool everybody_ = false;
  bool unix_ = false;
};

}  // namespace capricorn
