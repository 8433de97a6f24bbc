// SPDX-License-Identifier: MIT
#include "unread_watch.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace capricorn {
namespace {

// Slower than any modem: who takes less on the average is no reader.
constexpr std::uint64_t kReadBytesPerSecond = 256;

}  // namespace

bool UnreadWatch::too_slow(TimePoint now, const Transport& transport, Duration limit) noexcept {
  const std::optional<TimePoint> since = transport.blocked_since();
  if (!since) {
    since_ = TimePoint{};
    return false;
  }
  if (!watches()) {
    since_ = *since;
    taken_ = transport.bytes_taken();
  }
  if (now - since_ < limit) return false;
  const std::uint64_t taken = transport.bytes_taken();
  const auto seconds = std::chrono::duration_cast<std::chrono::duration<double>>(limit).count();
  const auto least = static_cast<std::uint64_t>(seconds * kReadBytesPerSecond);
  if (taken - taken_ < std::max<std::uint64_t>(least, 1)) return true;
  since_ = now;
  taken_ = taken;
  return false;
}

}  // namespace capricorn
