// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "runnable.hpp"

namespace capricorn {

/// Is told of every callback a loop has run; in its owner's memory, off the list when it goes.
class CallbackObserver : public ListNode {
 public:
  virtual void callback_ran(std::string_view what, TimePoint begin, Duration took) = 0;

 protected:
  ~CallbackObserver() = default;
};

}  // namespace capricorn
