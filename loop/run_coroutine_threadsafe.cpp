// SPDX-License-Identifier: MIT
#include "run_coroutine_threadsafe.hpp"

namespace capricorn {

bool detail::cancel_threadsafe(const std::shared_ptr<ThreadsafeTask>& state) {
  std::lock_guard lock(state->mutex);
  if (!state->loop) return false;
  state->loop->call_soon_threadsafe([state] {
    state->cancelled = true;
    if (state->task) state->task.cancel();
  });
  return true;
}

}  // namespace capricorn
