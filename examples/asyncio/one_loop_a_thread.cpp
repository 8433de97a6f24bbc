// SPDX-License-Identifier: MIT
// A thread has one running loop: what would start a second one says so.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;

Task<int> inner() { co_return 42; }

Task<> outer() {
  try {
    run(inner());
  } catch (const RuntimeError& error) {
    std::printf("%s\n", error.what());
  }
  std::printf("awaited instead: %d\n", co_await inner());
}

int main() {
  set_log_sink([](LogLevel, std::string_view) noexcept {});  // inner() was never awaited
  try {
    get_running_loop();
  } catch (const RuntimeError& error) {
    std::printf("%s\n", error.what());
  }
  run(outer());
}
/* Output:
no running event loop
asyncio.run() cannot be called from a running event loop
awaited instead: 42
*/
