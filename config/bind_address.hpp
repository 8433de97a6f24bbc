// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace capricorn {

/// What one `--bind` says.
struct BindAddress {
  enum class Kind { kPort, kPath, kDescriptor, kPassed };

  Kind kind = Kind::kPort;
  std::string host;  // "" for all of the machine's
  int port = 0;
  std::string path;  // begins with NUL where it is abstract
  int fd = -1;
  std::string name;  // of a socket that systemd passes
};

inline constexpr std::string_view kExpectedBindAddress =
    "HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH, unix:@ABSTRACT, fd://NUMBER or fd://NAME";

std::optional<BindAddress> parse_bind_address(std::string_view text);

}  // namespace capricorn
