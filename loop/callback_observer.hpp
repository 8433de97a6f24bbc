// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "runnable.hpp"

namespace capricorn {

/// Is told of every callback a loop has run; in its owner's memory, off the list when it goes.
class CallbackObserver : public ListNode {
 public:
  /// `name` is the task's where it ran for one. Time that an observed callback spent within this
  /// one is not counted twice.
  virtual void callback_ran(std::string_view name, TimePoint begin, Duration took) = 0;

 protected:
  ~CallbackObserver() = default;
};

}  // namespace capricorn
