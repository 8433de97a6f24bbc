// SPDX-License-Identifier: MIT
// A coroutine that was called and never awaited is told of; so is an exception nobody asked for.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <stdexcept>

using namespace capricorn;

Task<int> forgotten() { co_return 42; }
Task<> unnoticed() {
  throw std::runtime_error("nobody looked");
  co_return;
}

Task<> async_main() {
  {
    Task<int> coroutine = forgotten();
  }
  create_task(unnoticed(), {.name = "unnoticed"});
  co_await sleep(std::chrono::seconds(0));
}

int main() {
  set_log_sink([](LogLevel, std::string_view message) noexcept {
    std::printf("%.*s\n", static_cast<int>(message.size()), message.data());
  });
  run(async_main());
}
/* Output:
coroutine 'forgotten' was never awaited (never_awaited.cpp:10)
Task exception was never retrieved (unnoticed): nobody looked
*/
