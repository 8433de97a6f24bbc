// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace capricorn::test {

/// Frames as a client sends them.

inline constexpr unsigned char kMask[4] = {0x37, 0xfa, 0x21, 0x3d};

inline std::string masked(std::string_view payload) {
  std::string bytes(payload);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ kMask[i % 4]);
  }
  return bytes;
}

inline std::string big_endian(std::uint64_t value, int size) {
  std::string bytes;
  while (size-- > 0) bytes += static_cast<char>(value >> (8 * size));
  return bytes;
}

/// `first` is FIN, the reserved bits and the opcode: 0x81 is a whole text.
inline std::string frame_head(unsigned first, std::uint64_t size, unsigned mask_bit = 0x80) {
  std::string head(1, static_cast<char>(first));
  if (size < 126) {
    head += static_cast<char>(mask_bit | size);
  } else if (size < 65536) {
    head += static_cast<char>(mask_bit | 126);
    head += big_endian(size, 2);
  } else {
    head += static_cast<char>(mask_bit | 127);
    head += big_endian(size, 8);
  }
  return mask_bit ? head + std::string(reinterpret_cast<const char*>(kMask), 4) : head;
}

inline std::string frame(unsigned first, std::string_view payload) {
  return frame_head(first, payload.size()) + masked(payload);
}
inline std::string text_frame(std::string_view payload) { return frame(0x81, payload); }
inline std::string close_frame(int code, std::string_view reason = "") {
  return frame(0x88, big_endian(static_cast<std::uint64_t>(code), 2) + std::string(reason));
}

/// As a server sends it.
inline std::string server_frame(unsigned first, std::string_view payload) {
  return frame_head(first, payload.size(), 0) + std::string(payload);
}
inline std::string server_close(int code, std::string_view reason = "") {
  return server_frame(0x88, big_endian(static_cast<std::uint64_t>(code), 2) + std::string(reason));
}

}  // namespace capricorn::test
