// SPDX-License-Identifier: MIT
// Another thread reaches the loop through call_soon_threadsafe, and only so.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

int expensive_computation() {
  std::this_thread::sleep_for(20ms);
  return 42;
}

Task<> async_main() {
  Loop& loop = get_running_loop();
  Future<int> answer = loop.create_future<int>();
  std::thread worker([&loop, answer] {
    const int value = expensive_computation();
    loop.call_soon_threadsafe([answer, value]() mutable { answer.set_result(value); });
  });
  std::printf("from the thread: %d\n", co_await answer);
  worker.join();
}

int main() { run(async_main()); }
/* Output:
from the thread: 42
*/
