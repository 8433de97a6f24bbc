// SPDX-License-Identifier: MIT
#include "event.hpp"

namespace capricorn {

void Event::set() noexcept {
  set_ = true;
  waiters_.wake_all();
}

}  // namespace capricorn
