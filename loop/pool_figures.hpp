// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "runnable.hpp"

namespace capricorn {

/// What thread pools do for one loop: those who run its jobs count here. Any thread.
struct PoolFigures {
  /// A job waited at most so long for its thread; beyond them one class more.
  static constexpr std::array<Duration, 6> kWaits{
      std::chrono::microseconds(100), std::chrono::milliseconds(1),   std::chrono::milliseconds(10),
      std::chrono::milliseconds(100), std::chrono::milliseconds(500), std::chrono::seconds(1)};

  void begun(Duration waited) noexcept {
    std::size_t i = 0;
    while (i < kWaits.size() && waited > kWaits[i]) ++i;
    waits[i].fetch_add(1, std::memory_order_relaxed);
    waited_ns.fetch_add(static_cast<std::uint64_t>(waited.count()), std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> threads{0};
  std::atomic<std::uint32_t> queued{0};
  std::atomic<std::uint32_t> busy{0};
  std::array<std::atomic<std::uint64_t>, kWaits.size() + 1> waits{};
  std::atomic<std::uint64_t> waited_ns{0};
};

}  // namespace capricorn
