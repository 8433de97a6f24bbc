// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "future.hpp"

namespace capricorn {

/// Those who wait for a change, and then look again. Each has a future of its own: who is cancelled
/// meanwhile takes nobody else along, and leaves nothing that could not be set any more. When this
/// goes, they are woken: whoever may outlive what it waits on finds out before it looks.
class WaitingFutures {
 public:
  WaitingFutures() noexcept = default;
  WaitingFutures(const WaitingFutures&) = delete;
  WaitingFutures& operator=(const WaitingFutures&) = delete;
  ~WaitingFutures() { wake_all(); }

  /// Await it, then look again: a pass may lie between.
  Future<void> add(Loop& loop);
  void wake_all() {
    if (!waiting_.empty()) [[unlikely]]
      wake();
  }
  bool anyone_waits() const noexcept;

 private:
  void wake();

  std::vector<Future<void>> waiting_;  // some of them cancelled
};

}  // namespace capricorn
