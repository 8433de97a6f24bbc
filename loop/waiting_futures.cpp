// SPDX-License-Identifier: MIT
#include "waiting_futures.hpp"

#include <algorithm>
#include <utility>

namespace capricorn {

Future<void> WaitingFutures::add(Loop& loop) {
  std::erase_if(waiting_, [](const Future<void>& each) { return each.done(); });
  return waiting_.emplace_back(loop);
}

void WaitingFutures::wake() {
  for (Future<void>& each : std::exchange(waiting_, {})) {
    if (!each.done()) each.set_result();
  }
}

bool WaitingFutures::anyone_waits() const noexcept {
  return std::ranges::any_of(waiting_, [](const Future<void>& each) { return !each.done(); });
}

}  // namespace capricorn
