// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace capricorn::test {

/// Something whose work may grow with its size, but not faster: growth_test.py counts it for
/// `size`, for twice and for four times as much.
struct Growth {
  const char* name;
  std::size_t size;
  void (*run)(std::size_t size);
};

std::span<const Growth> loop_growths();
std::span<const Growth> http_growths();
std::span<const Growth> handler_growths();
std::span<const Growth> server_growths();

}  // namespace capricorn::test
