// SPDX-License-Identifier: MIT
// A token bucket: what it holds at once, then one after the other at its rate, in order.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <vector>

using namespace capricorn;

Task<> call(RateLimiter& limiter, int number, TimePoint start) {
  co_await limiter.acquire();
  const std::chrono::duration<double> at = get_running_loop().time() - start;
  std::printf("call %d at %.2f s\n", number, at.count());
}

Task<> async_main() {
  RateLimiter limiter(10, 2);  // ten a second, two at once
  const TimePoint start = get_running_loop().time();
  std::vector<Task<>> calls;
  for (int i = 0; i < 6; ++i) calls.push_back(call(limiter, i, start));
  co_await gather(std::move(calls));
}

int main() { run(async_main()); }
/* Output:
call 0 at ~0.00 s
call 1 at ~0.00 s
call 2 at ~0.10 s
call 3 at ~0.20 s
call 4 at ~0.30 s
call 5 at ~0.40 s
*/
