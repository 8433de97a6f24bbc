// SPDX-License-Identifier: MIT
#include "sleep.hpp"

namespace capricorn {

void SleepAwaiter::arm() {
  Loop& loop = task()->loop();
  if (delay_ > Duration::zero())
    loop.schedule_at(*this, deadline(loop.time(), delay_));
  else
    finish();
}

void SleepAwaiter::give_up() noexcept {
  if (task()) task()->loop().cancel_timer(*this);
}

}  // namespace capricorn
