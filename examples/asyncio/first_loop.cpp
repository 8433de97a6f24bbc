// SPDX-License-Identifier: MIT
// A coroutine runs on a loop; callbacks scheduled from it run on the loop's next passes.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> async_main() {
  Loop& loop = get_running_loop();
  std::printf("running: %s\n", loop.is_running() ? "yes" : "no");
  loop.call_soon([] { std::puts("a callback of the next pass"); });
  loop.call_later(50ms, [] { std::puts("a callback after 50 ms"); });
  co_await sleep(0s);  // gives way once
  std::puts("back after one pass");
  co_await sleep(100ms);
}

int main() { run(async_main()); }
/* Output:
running: yes
a callback of the next pass
back after one pass
a callback after 50 ms
*/
