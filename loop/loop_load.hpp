// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "runnable.hpp"

namespace capricorn {

/// How a loop spent a while: its passes by how long they kept it busy. A value; two are one while
/// when they are added.
class LoopWhile {
 public:
  void add_pass(Duration busy, Duration asleep) noexcept {
    const std::uint64_t ns = busy > Duration::zero() ? static_cast<std::uint64_t>(busy.count()) : 0;
    ++passes_[bucket_of(ns)];
    busy_ += ns;
    if (asleep > Duration::zero()) asleep_ += static_cast<std::uint64_t>(asleep.count());
    if (ns > longest_) longest_ = ns;
    if (busy > kSlow) ++slow_;
  }
  void add(const LoopWhile& other) noexcept;

  /// What share of the time the loop was busy, 0 to 1.
  double utilization() const noexcept;
  Duration busy() const noexcept { return Duration(busy_); }
  Duration longest_pass() const noexcept { return Duration(longest_); }
  /// Passes that took longer than 100 ms: in nearly all of them one callback did.
  std::uint64_t slow_passes() const noexcept { return slow_; }
  std::uint64_t passes() const noexcept;

  /// What an event that comes at a random moment waits until the loop looks, on average and for
  /// `share` of all such events at most (0.99). To a fifth: passes are counted in classes.
  Duration mean_delay() const noexcept;
  Duration delay(double share) const noexcept;

 private:
  static constexpr Duration kSlow = std::chrono::milliseconds(100);
  static constexpr std::size_t kBuckets = 256;
  /// Four classes for each power of two of nanoseconds.
  static std::size_t bucket_of(std::uint64_t ns) noexcept {
    if (ns < 4) return ns;
    const unsigned width = static_cast<unsigned>(std::bit_width(ns));
    return (width << 2) | (ns >> (width - 3) & 3);
  }
  static double length_of(std::size_t bucket) noexcept;
  double time() const noexcept;

  std::array<std::uint32_t, kBuckets> passes_{};
  std::uint64_t busy_ = 0;
  std::uint64_t asleep_ = 0;
  std::uint64_t longest_ = 0;
  std::uint64_t slow_ = 0;
};

/// Given to a loop by `Loop::measure`, which adds each of its passes: a few additions and no look
/// at the clock beyond those that a pass takes anyway. Loop's thread only.
class LoopLoad {
 public:
  void pass_ended(Duration busy, Duration asleep) noexcept { now_.add_pass(busy, asleep); }
  /// What came since the last call.
  LoopWhile take() noexcept;

 private:
  LoopWhile now_;
};

}  // namespace capricorn
