// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../../loop/callback_observer.hpp"
#include "../../loop/handle.hpp"
#include "../../loop/loop.hpp"

namespace capricorn {

/// The slowest callbacks of a loop while somebody looks: watching costs every callback two looks at
/// the clock and a name, hence it ends a few seconds after the last `watch`. Loop's thread.
class SlowCallbacks final : CallbackObserver {
 public:
  struct Record {
    std::string name;
    Duration took{};
    TimePoint at{};
  };

  explicit SlowCallbacks(Loop& loop) noexcept : loop_(loop) {}
  ~SlowCallbacks() { end_.cancel(); }

  /// For five seconds more.
  void watch();
  /// Of the last minute, the slowest first.
  std::vector<Record> slowest();

 private:
  void callback_ran(std::string_view name, TimePoint begin, Duration took) override;
  void forget_old();

  Loop& loop_;
  TimerHandle end_;
  std::vector<Record> records_;
};

}  // namespace capricorn
