// SPDX-License-Identifier: MIT
// call_soon, call_later and call_at return handles, and a handle can be cancelled.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> async_main() {
  Loop& loop = get_running_loop();
  const TimePoint now = loop.time();
  loop.call_soon([] { std::puts("call_soon"); });
  loop.call_later(10ms, [] { std::puts("call_later, 10 ms"); });
  loop.call_at(now + 20ms, [] { std::puts("call_at, 20 ms"); });
  TimerHandle never = loop.call_later(30ms, [] { std::puts("something expensive"); });
  co_await sleep(25ms);
  never.cancel();
  std::printf("cancelled: %s\n", never.cancelled() ? "yes" : "no");
  co_await sleep(25ms);
}

int main() { run(async_main()); }
/* Output:
call_soon
call_later, 10 ms
call_at, 20 ms
cancelled: yes
*/
