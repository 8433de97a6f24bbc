// SPDX-License-Identifier: MIT
#include "waiting_futures.hpp"

#include <algorithm>
#include <vector>

#include "sweep.hpp"

namespace capricorn {

struct WaitingFutures::All {
  std::vector<Future<void>> futures;  // some of them cancelled
  Sweep sweep;
};

Future<void> WaitingFutures::add(Loop& loop) {
  if (!waiting_) waiting_.reset(new All);
  std::vector<Future<void>>& futures = waiting_->futures;
  waiting_->sweep(futures, [](const Future<void>& each) { return each.done(); });
  return futures.emplace_back(loop);
}

void WaitingFutures::Wake::operator()(All* all) const noexcept {
  const std::unique_ptr<All> waited(all);
  for (Future<void>& each : waited->futures) {
    if (!each.done()) each.set_result();
  }
}

bool WaitingFutures::anyone_waits() const noexcept {
  return waiting_ && std::ranges::any_of(waiting_->futures,
                                         [](const Future<void>& each) { return !each.done(); });
}

}  // namespace capricorn
