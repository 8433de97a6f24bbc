// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "request_target.hpp"

namespace capricorn {

/// `is_valid_host`, with the last good one remembered: most requests of a server name the same.
class KnownHost {
 public:
  bool is_valid(std::string_view host) noexcept {
    return host == std::string_view(bytes_, size_) || look_at(host);
  }

 private:
  bool look_at(std::string_view host) noexcept {
    if (!is_valid_host(host)) return false;
    if (host.size() <= sizeof bytes_) {
      size_ = static_cast<std::uint8_t>(host.copy(bytes_, sizeof bytes_));
    }
    return true;
  }

  char bytes_[63];
  std::uint8_t size_ = 0;  // 0: none is remembered; an empty Host is valid itself
};

}  // namespace capricorn
