// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace capricorn {

/// RFC 9110, 9 and RFC 5789. Bit positions of a MethodSet.
enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kPatch,
  kDelete,
  kOptions,
  kConnect,
  kTrace,
  kOther,
};
using MethodSet = std::uint16_t;

constexpr MethodSet method_bit(Method method) noexcept {
  return static_cast<MethodSet>(1U << static_cast<unsigned>(method));
}
/// "GET"; "" for kOther.
std::string_view method_name(Method method) noexcept;
/// kOther for one we do not know. Case-sensitive.
Method parse_method(std::string_view name) noexcept;

}  // namespace capricorn
