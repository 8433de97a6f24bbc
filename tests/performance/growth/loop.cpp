// SPDX-License-Identifier: MIT
#include <capricorn/asyncio.hpp>
#include <capricorn/loop/memory_pipe.hpp>

#include <string>
#include <utility>
#include <vector>

#include "growth.hpp"

namespace capricorn::test {
namespace {

using namespace std::chrono_literals;

Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
Task<> one_pass() { co_await sleep(0s); }
Task<> idle() { co_await sleep(1h); }

/// Cancels them once they wait, and sees them off.
Task<> cancel_all(std::vector<TaskHandle<>> tasks) {
  co_await passes(2);
  for (TaskHandle<>& task : tasks) task.cancel();
  co_await wait(std::move(tasks));
}

/// `count` tasks, all of the same.
template <class... A>
std::vector<TaskHandle<>> tasks_of(std::size_t count, Task<> (*function)(A&...), A&... arguments) {
  std::vector<TaskHandle<>> tasks;
  for (std::size_t i = 0; i < count; ++i) tasks.push_back(create_task(function(arguments...)));
  return tasks;
}

Task<> end_cancelled(TaskHandle<> task) {
  co_await passes(3);
  task.cancel();
  std::vector<TaskHandle<>> one;
  one.push_back(std::move(task));
  co_await wait(std::move(one));
}

// ---------------------------------------------------------------- many tasks

Task<> gather_idle(std::size_t n) {
  std::vector<Task<>> tasks;
  for (std::size_t i = 0; i < n; ++i) tasks.push_back(idle());
  co_await gather(std::move(tasks));
}
Task<> group_idle(std::size_t n) {
  co_await TaskGroup::run([n](TaskGroup& group) -> Task<> {
    for (std::size_t i = 0; i < n; ++i) group.create_task(idle());
    co_return;
  });
}
Task<> cancelled_gather(std::size_t n) { co_await end_cancelled(create_task(gather_idle(n))); }
Task<> cancelled_group(std::size_t n) { co_await end_cancelled(create_task(group_idle(n))); }
Task<> completions(std::size_t n) {
  auto results = as_completed(tasks_of(n, one_pass));
  while (auto next = co_await results.next()) co_await *next;
}
Task<> left_behind(std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) static_cast<void>(create_task(idle()));
  co_await passes(2);
}

// ---------------------------------------------------------------- timers and callbacks

Task<> cancelled_timers(std::size_t n) {
  std::vector<TimerHandle> timers;
  Loop& loop = get_running_loop();
  for (std::size_t i = 0; i < n; ++i) {
    timers.push_back(loop.call_later(std::chrono::milliseconds(1 + i % 100'000), [] {}));
  }
  for (TimerHandle& timer : timers) timer.cancel();
  co_await passes(2);
}

void callbacks_from_elsewhere(std::size_t n) {
  Loop loop;
  for (std::size_t i = 0; i < n; ++i) loop.call_soon_threadsafe([] {});
  loop.run_until_complete(passes(2));
}

// ---------------------------------------------------------------- those who wait

Task<> acquire_part(Semaphore& semaphore) { co_await semaphore.acquire(); }
Task<> cancelled_acquirers(std::size_t n) {
  Semaphore semaphore(0);
  co_await cancel_all(tasks_of(n, acquire_part, semaphore));
}
Task<> acquire_slot(RateLimiter& limiter) { co_await limiter.acquire(); }
Task<> cancelled_limited(std::size_t n) {
  RateLimiter limiter(0.001, 1);
  co_await cancel_all(tasks_of(n, acquire_slot, limiter));
}
Task<> take(Queue<int>& queue) { co_await queue.get(); }
Task<> cancelled_getters(std::size_t n) {
  Queue<int> queue;
  co_await cancel_all(tasks_of(n, take, queue));
}
Task<> hear(Condition& condition) {
  const auto guard = co_await condition.scoped();
  co_await condition.wait();
}
Task<> cancelled_conditions(std::size_t n) {
  Condition condition;
  co_await cancel_all(tasks_of(n, hear, condition));
}
Task<> notified(std::size_t n) {
  Condition condition;
  auto tasks = tasks_of(n, hear, condition);
  co_await passes(2);
  {
    const auto guard = co_await condition.scoped();
    condition.notify_all();
  }
  co_await wait(std::move(tasks));
}

// ---------------------------------------------------------------- streams

Task<> drain(Stream& stream) { co_await stream.drain(); }
Task<> waiting_for_room(std::size_t n) {
  auto [near, far] = memory_pipe();
  near.write(std::string(1 << 20, 'x'));
  auto tasks = tasks_of(n, drain, near);
  co_await passes(2);
  static_cast<void>(co_await far.readexactly(1 << 20));
  co_await wait(std::move(tasks));
}
Task<> write_bytewise(Stream& stream, std::string text) {
  for (const char c : text) {
    stream.write(std::string(1, c));
    co_await passes(2);
  }
}
Task<> bytewise_line(std::size_t n) {
  auto [near, far] = memory_pipe({.limit = 1 << 24});
  auto writing = create_task(write_bytewise(near, std::string(n, 'x') + "\n"));
  static_cast<void>(co_await far.readline());
  co_await writing;
}
Task<> lines(std::size_t n) {
  auto [near, far] = memory_pipe({.limit = 1 << 24});
  for (std::size_t i = 0; i < n; ++i) near.write("a line\n");
  co_await passes(100);
  for (std::size_t i = 0; i < n; ++i) static_cast<void>(co_await far.readuntil({"\r\n", "\n"}));
}

template <Task<> (*main)(std::size_t)>
void on_a_loop(std::size_t n) {
  capricorn::run(main(n));
}

constexpr Growth kGrowths[] = {
    {"a gather that is cancelled", 200, on_a_loop<cancelled_gather>},
    {"a task group that is cancelled", 200, on_a_loop<cancelled_group>},
    {"as_completed", 500, on_a_loop<completions>},
    {"tasks that are left when the loop ends", 200, on_a_loop<left_behind>},
    {"timers that are cancelled", 1000, on_a_loop<cancelled_timers>},
    {"callbacks from another thread", 1000, callbacks_from_elsewhere},
    {"waits for a semaphore that are cancelled", 200, on_a_loop<cancelled_acquirers>},
    {"waits for a rate limiter that are cancelled", 1000, on_a_loop<cancelled_limited>},
    {"waits for a queue that are cancelled", 200, on_a_loop<cancelled_getters>},
    {"waits for a condition that are cancelled", 200, on_a_loop<cancelled_conditions>},
    {"waits for a condition that are notified", 500, on_a_loop<notified>},
    {"tasks that wait for room in a stream", 500, on_a_loop<waiting_for_room>},
    {"a line that comes byte by byte", 1000, on_a_loop<bytewise_line>},
    {"lines that one of two separators ends", 1000, on_a_loop<lines>},
};

}  // namespace

std::span<const Growth> loop_growths() { return kGrowths; }

}  // namespace capricorn::test
