// SPDX-License-Identifier: MIT
#include "sleep.hpp"

namespace capricorn {

void SleepAwaiter::arm(Loop& loop) { loop.schedule_at(*this, deadline(loop.time(), delay_)); }

void SleepAwaiter::give_up() noexcept { task()->loop().cancel_timer(*this); }

}  // namespace capricorn
