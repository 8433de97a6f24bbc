// SPDX-License-Identifier: MIT
#include "method.hpp"

#include <array>

namespace capricorn {

namespace {
constexpr std::array<std::string_view, 10> kNames = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", ""};
}  // namespace

std::string_view method_name(Method method) noexcept {
  return kNames[static_cast<std::size_t>(method)];
}

Method parse_method(std::string_view name) noexcept {
  std::size_t index = 0;
  while (index + 1 < kNames.size() && kNames[index] != name) ++index;
  return static_cast<Method>(index);
}

}  // namespace capricorn
