// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "task_handle.hpp"

namespace capricorn {

/// Cancels every task that is left and waits for their ends, then for the default executor.
void shut_down(Loop& loop);

/// asyncio.run: a new loop runs `main` to its end, then everything left over is cancelled and
/// drained and the loop closed. Throws RuntimeError where a loop already runs on this thread.
template <class T>
T run(Task<T> main) {
  Loop loop;
  struct ShutDown {
    Loop& loop;
    ~ShutDown() { shut_down(loop); }
  } shutting{loop};
  return loop.run_until_complete(std::move(main));
}

}  // namespace capricorn
