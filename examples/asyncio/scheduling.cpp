// SPDX-License-Identifier: MIT
// The ready queue holds what can run now, the timers what is due later. Every await is a place
// where others may run.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> show_queues() {
  Loop& loop = get_running_loop();
  loop.call_soon([] { std::puts("ready: the next pass"); });
  loop.call_later(10ms, [] { std::puts("delayed: after 10 ms"); });
  loop.call_later(50ms, [] { std::puts("delayed: after 50 ms"); });
  loop.call_at(loop.time() + 20ms, [] { std::puts("delayed: at 20 ms of the loop's clock"); });
  co_await sleep(100ms);
}

Task<> show_switch_points(const char* name) {
  std::printf("%s 1: before the first await\n", name);
  co_await sleep(0s);
  std::printf("%s 2: after the first await\n", name);
  co_await sleep(0s);
  std::printf("%s 3: done\n", name);
}

Task<> async_main() {
  co_await show_queues();
  co_await gather(show_switch_points("x"), show_switch_points("y"));
}

int main() { run(async_main()); }
/* Output:
ready: the next pass
delayed: after 10 ms
delayed: at 20 ms of the loop's clock
delayed: after 50 ms
x 1: before the first await
y 1: before the first await
x 2: after the first await
y 2: after the first await
x 3: done
y 3: done
*/
