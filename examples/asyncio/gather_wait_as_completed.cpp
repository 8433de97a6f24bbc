// SPDX-License-Identifier: MIT
// Three ways to wait for several: all in order, some of them, each as it ends.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

Task<std::string> work(std::string name, Duration time) {
  co_await sleep(time);
  co_return name + " done";
}
Task<std::string> broken() {
  co_await sleep(10ms);
  throw std::runtime_error("broken");
}

Task<> async_main() {
  // All, in the order they were given, however they end.
  auto [a, b, c] = co_await gather(return_exceptions, work("A", 10ms), broken(), work("C", 20ms));
  std::printf("%s, %s, %s\n", a->c_str(), b ? b->c_str() : "an exception", c->c_str());

  // What is done within a time; the others live on until they are cancelled.
  std::vector<TaskHandle<std::string>> tasks{create_task(work("X", 10ms)),
                                             create_task(work("Y", 500ms))};
  auto [done, pending] = co_await wait(tasks, {.timeout = 100ms});
  std::printf("done: %zu, pending: %zu\n", done.size(), pending.size());
  for (auto& task : pending) task.cancel();

  // Each as it ends.
  std::vector<Task<std::string>> coroutines;
  coroutines.push_back(work("fast", 10ms));
  coroutines.push_back(work("slow", 90ms));
  coroutines.push_back(work("middling", 50ms));
  auto results = as_completed(std::move(coroutines));
  while (auto next = co_await results.next()) std::printf("%s\n", (co_await *next).c_str());
}

int main() { run(async_main()); }
/* Output:
A done, an exception, C done
done: 1, pending: 1
fast done
middling done
slow done
*/
