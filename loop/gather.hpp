// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <tuple>
#include <variant>
#include <vector>

#include "task_handle.hpp"

namespace capricorn {

/// Waits for several tasks: until all ended, or the first failed. Cancelled, it cancels all that
/// are unfinished and still waits for their ends.
class GatherWaiter final : public Waiter {
 public:
  explicit GatherWaiter(std::vector<TaskCore*> children);
  ~GatherWaiter();

  bool await_ready() const noexcept { return children_.empty(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    park(*self.promise().task(), self);
    subscribe();
  }
  /// Throws the first failure.
  void await_resume();
  bool cancel(const std::string& message) override;

 private:
  struct Child final : FutureCore::Subscriber {
    void run() override { gather->child_done(*task); }
    GatherWaiter* gather = nullptr;
    TaskCore* task = nullptr;
  };
  void subscribe();
  void child_done(TaskCore& child);

  std::vector<TaskCore*> children_;
  std::unique_ptr<Child[]> subscribers_;
  std::size_t pending_ = 0;
  TaskCore* failed_ = nullptr;
  bool cancel_requested_ = false;
  bool woken_ = false;
  std::string message_;
};

template <class T>
using NonVoid = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
NonVoid<T> take_gathered(TaskHandle<T>& handle) {
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return handle.state().take();
}

/// Runs the coroutines at the same time; their values in order. The first exception is thrown at
/// once, and the others run on. https://docs.python.org/3/library/asyncio-task.html#asyncio.gather
template <class... T>
Task<std::tuple<NonVoid<T>...>> gather(Task<T>... tasks) {
  Loop& loop = get_running_loop();
  std::tuple<TaskHandle<T>...> handles{loop.create_task(std::move(tasks))...};
  std::vector<TaskCore*> cores;
  std::apply([&](auto&... handle) { (cores.push_back(&handle.state()), ...); }, handles);
  co_await GatherWaiter(std::move(cores));
  co_return std::apply(
      [](auto&... handle) { return std::tuple<NonVoid<T>...>{take_gathered(handle)...}; }, handles);
}

/// The same over a range; of coroutines without values, the count.
template <class T>
Task<std::vector<NonVoid<T>>> gather(std::vector<Task<T>> tasks) {
  Loop& loop = get_running_loop();
  std::vector<TaskHandle<T>> handles;
  std::vector<TaskCore*> cores;
  for (Task<T>& task : tasks) {
    handles.push_back(loop.create_task(std::move(task)));
    cores.push_back(&handles.back().state());
  }
  co_await GatherWaiter(std::move(cores));
  std::vector<NonVoid<T>> values;
  for (TaskHandle<T>& handle : handles) values.push_back(take_gathered(handle));
  co_return values;
}

}  // namespace capricorn
