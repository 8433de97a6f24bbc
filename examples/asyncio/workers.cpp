// SPDX-License-Identifier: MIT
// Three workers that wait at the same time take as long as one.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> worker(const char* name, Duration time) {
  std::printf("%s starting\n", name);
  co_await sleep(time);
  std::printf("%s done\n", name);
}

Task<> async_main() {
  const TimePoint start = get_running_loop().time();
  co_await gather(worker("A", 100ms), worker("B", 100ms), worker("C", 100ms));
  const std::chrono::duration<double> took = get_running_loop().time() - start;
  std::printf("%.2f s, not 0.30\n", took.count());
}

int main() { run(async_main()); }
/* Output:
A starting
B starting
C starting
A done
B done
C done
~0.10 s, not 0.30
*/
