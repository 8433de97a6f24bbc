// SPDX-License-Identifier: MIT
#include "loop_load.hpp"

#include <array>
#include <utility>

namespace capricorn {
namespace {

/// The middle of each class, in nanoseconds: four classes between a power of two and the next.
template <std::size_t kCount>
constexpr std::array<double, kCount> make_lengths() {
  std::array<double, kCount> lengths{};
  double width = 1.0 / 8;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (i >= 4 && i % 4 == 0) width *= 2;
    lengths[i] = i < 4 ? static_cast<double>(i) : (4.5 + static_cast<double>(i % 4)) * width;
  }
  return lengths;
}

}  // namespace

void LoopWhile::add(const LoopWhile& other) noexcept {
  for (std::size_t i = 0; i < kBuckets; ++i) passes_[i] += other.passes_[i];
  busy_ += other.busy_;
  asleep_ += other.asleep_;
  slow_ += other.slow_;
  if (other.longest_ > longest_) longest_ = other.longest_;
}

std::uint64_t LoopWhile::passes() const noexcept {
  std::uint64_t sum = 0;
  for (const std::uint32_t count : passes_) sum += count;
  return sum;
}

double LoopWhile::time() const noexcept {
  return static_cast<double>(busy_) + static_cast<double>(asleep_);
}

double LoopWhile::utilization() const noexcept {
  const double all = time();
  return all > 0 ? static_cast<double>(busy_) / all : 0;
}

double LoopWhile::length_of(std::size_t bucket) noexcept {
  static constexpr auto kLengths = make_lengths<kBuckets>();
  return kLengths[bucket];
}

/// An event that comes while a pass of length d runs waits d/2 on average, and it comes there as
/// often as the pass is long.
Duration LoopWhile::mean_delay() const noexcept {
  const double all = time();
  if (all <= 0) return {};
  double sum = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const double length = length_of(i);
    sum += passes_[i] * length * length / 2;
  }
  return Duration(static_cast<Duration::rep>(sum / all));
}

/// Who comes in the first d - x of a pass of length d waits longer than x. That time, over all
/// passes, falls as x grows: x is found by halving.
Duration LoopWhile::delay(double share) const noexcept {
  const double allowed = (1 - share) * time();
  const auto longer_than = [this](double x) {
    double sum = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      const double length = length_of(i);
      if (passes_[i] > 0 && length > x) sum += passes_[i] * (length - x);
    }
    return sum;
  };
  if (longer_than(0) <= allowed) return {};
  double low = 0;
  double high = static_cast<double>(longest_);
  for (int i = 0; i < 30 && high - low > 100; ++i) {
    const double middle = (low + high) / 2;
    (longer_than(middle) > allowed ? low : high) = middle;
  }
  return Duration(static_cast<Duration::rep>(high));
}

LoopWhile LoopLoad::take() noexcept { return std::exchange(now_, LoopWhile()); }

}  // namespace capricorn
