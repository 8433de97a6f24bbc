// SPDX-License-Identifier: MIT
#include "run_coroutine_threadsafe.hpp"

namespace capricorn {

bool detail::cancel_threadsafe(const std::shared_ptr<ThreadsafeTask>& state) {
  if (state->over) return false;
  try {
    return state->link->with_loop([&state](Loop& loop) {
      loop.call_soon_threadsafe([state] {
        state->cancelled = true;
        if (state->task) state->task->cancel({});
      });
    });
  } catch (const RuntimeError&) {  // the loop is closed
    return false;
  }
}

}  // namespace capricorn
