// SPDX-License-Identifier: MIT
// Three kinds of deadline: for one awaited thing, for a scope, and for a set of tasks.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> long_running() {
  try {
    co_await sleep(10s);
  } catch (const CancelledError&) {
    std::puts("  cleaned up");
    throw;
  }
}

Task<> async_main() {
  try {
    co_await wait_for(long_running(), 20ms);
  } catch (const TimeoutError&) {
    std::puts("wait_for: too late");
  }
  try {
    co_await timeout(20ms, [](Timeout& scope) -> Task<> {
      co_await sleep(10ms);
      scope.reschedule(get_running_loop().time() + 20ms);  // it may be moved while it holds
      co_await long_running();
    });
  } catch (const TimeoutError&) {
    std::puts("timeout: too late");
  }
  auto task = create_task(long_running());
  auto [done, pending] = co_await wait(std::vector{task}, {.timeout = 20ms});
  std::printf("wait: %zu done, %zu pending, nothing thrown, nothing cancelled\n", done.size(),
              pending.size());
  task.cancel();
}

int main() { run(async_main()); }
/* Output:
  cleaned up
wait_for: too late
  cleaned up
timeout: too late
wait: 0 done, 1 pending, nothing thrown, nothing cancelled
  cleaned up
*/
