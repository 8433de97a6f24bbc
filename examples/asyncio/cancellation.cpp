// SPDX-License-Identifier: MIT
// Cancelling throws CancelledError where the task waits. It cleans up and lets the error pass.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> long_running() {
  try {
    std::puts("working");
    co_await sleep(10s);
    std::puts("done");
  } catch (const CancelledError&) {
    std::puts("cleaning up");
    throw;  // always
  }
}

Task<> async_main() {
  TaskHandle<> task = create_task(long_running());
  co_await sleep(20ms);
  task.cancel();
  try {
    co_await task;
  } catch (const CancelledError&) {
    std::puts("the task was cancelled");
  }
}

int main() { run(async_main()); }
/* Output:
working
cleaning up
the task was cancelled
*/
