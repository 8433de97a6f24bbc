// SPDX-License-Identifier: MIT
// Two coroutines take turns: each runs until it awaits. One that blocks its thread stops both.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> speak(const char* name, Duration pause) {
  std::printf("%s: starting\n", name);
  co_await sleep(pause);
  std::printf("%s: done\n", name);
}

Task<> polite() { co_await sleep(100ms); }
Task<> rude() {
  std::this_thread::sleep_for(100ms);  // the mistake: nobody else runs meanwhile
  co_return;
}

double seconds_since(TimePoint start) {
  return std::chrono::duration<double>(get_running_loop().time() - start).count();
}

Task<> async_main() {
  co_await gather(speak("A", 100ms), speak("B", 50ms));
  TimePoint start = get_running_loop().time();
  co_await gather(polite(), polite(), polite());
  std::printf("three that await: %.2f s\n", seconds_since(start));
  start = get_running_loop().time();
  co_await gather(rude(), rude(), rude());
  std::printf("three that block: %.2f s\n", seconds_since(start));
}

int main() { run(async_main()); }
/* Output:
A: starting
B: starting
B: done
A: done
three that await: ~0.10 s
three that block: ~0.30 s
*/
