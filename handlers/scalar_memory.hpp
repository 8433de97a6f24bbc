// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/// Numbers of a width that a TypeInfo knows, in memory whose type it alone knows.

namespace capricorn::detail {

template <class T>
T load(const void* value) noexcept {
  T result;
  std::memcpy(&result, value, sizeof(T));
  return result;
}

inline std::int64_t load_signed(const void* value, std::size_t size) noexcept {
  switch (size) {
    case 1: return load<std::int8_t>(value);
    case 2: return load<std::int16_t>(value);
    case 4: return load<std::int32_t>(value);
    default: return load<std::int64_t>(value);
  }
}

inline std::uint64_t load_unsigned(const void* value, std::size_t size) noexcept {
  switch (size) {
    case 1: return load<std::uint8_t>(value);
    case 2: return load<std::uint16_t>(value);
    case 4: return load<std::uint32_t>(value);
    default: return load<std::uint64_t>(value);
  }
}

template <class T>
void store(std::uint64_t bits, void* value) noexcept {
  const auto narrow = static_cast<T>(bits);
  std::memcpy(value, &narrow, sizeof narrow);
}

inline void store_bits(std::uint64_t bits, std::size_t size, void* value) noexcept {
  switch (size) {
    case 1: return store<std::uint8_t>(bits, value);
    case 2: return store<std::uint16_t>(bits, value);
    case 4: return store<std::uint32_t>(bits, value);
    default: return store<std::uint64_t>(bits, value);
  }
}

}  // namespace capricorn::detail
