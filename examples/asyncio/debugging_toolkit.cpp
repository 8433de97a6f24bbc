// SPDX-License-Identifier: MIT
// LoopMonitor measures every callback while it is installed: the one that blocks stands out.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

Task<std::string> fast_api_call() {
  co_await sleep(10ms);
  co_return "fast";
}
Task<std::string> slow_db_query() {
  std::this_thread::sleep_for(150ms);  // a driver that blocks: it belongs into a thread
  co_return "slow";
}
Task<> background_poller() {
  for (int i = 0; i < 5; ++i) co_await sleep(20ms);
}

Task<> simulate_application() {
  auto query = create_task(slow_db_query(), {.name = "slow_db_query"});
  co_await gather(fast_api_call(), query, background_poller());
}

Task<> async_main() {
  const LoopMonitor monitor = LoopMonitor::monitor(50ms);  // until the end of this scope
  co_await simulate_application();
  for (const CallbackRecord& each : monitor.slow_callbacks()) {
    std::printf("%s was slow: %s\n", each.name.c_str(), each.is_slow() ? "yes" : "no");
  }
  std::printf("%s", monitor.summary().c_str());
}

int main() {
  set_log_sink([](LogLevel, std::string_view message) noexcept {
    std::printf("%.*s\n", static_cast<int>(message.size()), message.data());
  });
  run(async_main());
}
/* Output:
Slow callback: slow_db_query took ~0.15s (threshold: 0.050s)
slow_db_query was slow: yes
============================================================
Event Loop Debug Summary
============================================================
Total time: ~0.24s
Callbacks executed: <n>
Callback throughput: <n>/s
Time in callbacks: ~0.15s (~0.0ms each)
Slow callbacks: 1 (>50ms)

Top slow callbacks:
  [SLOW] slow_db_query: ~150.0ms
============================================================
*/
