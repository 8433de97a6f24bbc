// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>

#include "task.hpp"
#include "wait_list.hpp"

namespace capricorn {

/// Lets `parties` tasks go on once all of them have arrived, again and again. Whoever arrives while
/// the ones before are still leaving waits until the last has left.
/// https://docs.python.org/3/library/asyncio-sync.html#barrier
class Barrier {
 public:
  /// Throws std::invalid_argument where `parties` is less than one.
  explicit Barrier(int parties);
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// The order of arrival, from 0. Cancelled, it has not arrived. Throws BrokenBarrierError where
  /// the barrier is or gets broken, or is reset meanwhile.
  Task<int> wait();

  // Both act at once; they may be awaited, as asyncio's are, and do not suspend.
  /// Those who wait get BrokenBarrierError; then it is as new.
  std::suspend_never reset() noexcept;
  /// Those who wait, and all who come before a reset, get BrokenBarrierError.
  std::suspend_never abort() noexcept;

  int parties() const noexcept { return parties_; }
  /// How many have arrived while it fills.
  int n_waiting() const noexcept { return state_ == State::kFilling ? arrived_ : 0; }
  bool broken() const noexcept { return state_ == State::kBroken; }

 private:
  class Arrival;
  class Change;
  enum class State : unsigned char { kFilling, kDraining, kResetting, kBroken };
  bool leaving() const noexcept {
    return state_ == State::kDraining || state_ == State::kResetting;
  }
  void leave() noexcept;

  WaitList waiters_;  // those who arrived, and those who wait for them to leave
  int parties_;
  int arrived_ = 0;
  State state_ = State::kFilling;
};

}  // namespace capricorn
