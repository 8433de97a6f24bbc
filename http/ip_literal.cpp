// SPDX-License-Identifier: MIT
#include "ip_literal.hpp"

#include <arpa/inet.h>

namespace capricorn {
namespace {

bool is_literal(std::string_view text, int family) noexcept {
  char name[INET6_ADDRSTRLEN] = "";
  if (text.size() >= sizeof name || text.find('\0') != text.npos) return false;
  text.copy(name, text.size());
  unsigned char bytes[16];
  return ::inet_pton(family, name, bytes) == 1;
}

}  // namespace

bool is_ipv4_literal(std::string_view text) noexcept { return is_literal(text, AF_INET); }

bool is_ipv6_literal(std::string_view text) noexcept { return is_literal(text, AF_INET6); }

}  // namespace capricorn
