// SPDX-License-Identifier: MIT
// In debug mode the loop says which task held it up. CAPRICORN_DEBUG=1 does the same from outside.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

Task<std::string> fast() {
  co_await sleep(10ms);
  co_return "fast";
}
Task<std::string> slow() {
  std::this_thread::sleep_for(200ms);  // blocks the loop
  co_return "slow";
}

Task<> async_main() {
  get_running_loop().slow_callback_duration = 50ms;
  auto quick = create_task(fast(), {.name = "quick"});
  auto lame = create_task(slow(), {.name = "lame"});
  co_await gather(quick, lame);
}

int main() {
  set_log_sink([](LogLevel, std::string_view message) noexcept {
    std::printf("%.*s\n", static_cast<int>(message.size()), message.data());
  });
  run(async_main(), {.debug = true});
}
/* Output:
Executing <Task 'lame' created at slow_callbacks.cpp:24> took ~0.20 seconds
*/
