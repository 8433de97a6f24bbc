// SPDX-License-Identifier: MIT
// A coroutine is created, runs, is suspended at its awaits, and is closed once it ended.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

const char* name_of(TaskState state) {
  switch (state) {
    case TaskState::kCreated: return "created";
    case TaskState::kRunning: return "running";
    case TaskState::kSuspended: return "suspended";
    case TaskState::kClosed: return "closed";
  }
  return "?";
}

Task<std::string> work() {
  std::printf("%s\n", name_of(current_task().state()));
  co_await sleep(10ms);
  co_return "done";
}

Task<> async_main() {
  Task<std::string> coroutine = work();
  std::printf("%s\n", name_of(coroutine.state()));
  TaskHandle<std::string> task = create_task(std::move(coroutine));
  co_await sleep(0s);  // it starts
  std::printf("%s\n", name_of(task.state()));
  const std::string result = co_await task;
  std::printf("%s: %s\n", name_of(task.state()), result.c_str());
}

int main() { run(async_main()); }
/* Output:
created
running
suspended
closed: done
*/
