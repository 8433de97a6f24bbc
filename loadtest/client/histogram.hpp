// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace loadtest {

/// Counts times in buckets that are never wider than 1/64 of what they hold, from one nanosecond to
/// hours, in memory that does not grow.
class Histogram {
 public:
  void record(std::int64_t nanoseconds) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
    ++buckets_[std::min(index_of(value), buckets_.size() - 1)];
    ++count_;
    sum_ += static_cast<double>(value);
    greatest_ = std::max(greatest_, value);
  }

  /// The time, in microseconds, that this share of all stayed within; 0 where nothing was recorded.
  double percentile(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) return std::min(static_cast<double>(middle_of(i)) / 1000, greatest());
    }
    return greatest();
  }

  double mean() const noexcept { return count_ ? sum_ / static_cast<double>(count_) / 1000 : 0; }
  double greatest() const noexcept { return static_cast<double>(greatest_) / 1000; }
  std::uint64_t count() const noexcept { return count_; }

 private:
  static constexpr unsigned kBits = 6;  // 64 buckets for each power of two

  static std::size_t index_of(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > kBits + 1 ? width - kBits - 1 : 0;
    return (std::size_t{shift} << kBits) + (value >> shift);
  }
  static std::uint64_t middle_of(std::size_t index) noexcept {
    const std::size_t shift = index < (2U << kBits) ? 0 : (index >> kBits) - 1;
    return ((index - (shift << kBits)) << shift) + ((std::uint64_t{1} << shift) >> 1);
  }

  std::array<std::uint64_t, std::size_t{40} << kBits> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t greatest_ = 0;
  double sum_ = 0;
};

}  // namespace loadtest
