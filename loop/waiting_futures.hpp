// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "future.hpp"

namespace capricorn {

/// Those who wait for a change, and then look again. Each has a future of its own: who is cancelled
/// meanwhile takes nobody else along, and leaves nothing that could not be set any more. When this
/// goes, they are woken: whoever may outlive what it waits on finds out before it looks.
class WaitingFutures {
 public:
  /// Await it, then look again: a pass may lie between.
  Future<void> add(Loop& loop);
  void wake_all() noexcept { waiting_.reset(); }
  bool anyone_waits() const noexcept;

 private:
  struct All;
  struct Wake {
    void operator()(All* all) const noexcept;
  };
  std::unique_ptr<All, Wake> waiting_;  // none: a request has several of these, and rarely waits
};

}  // namespace capricorn
