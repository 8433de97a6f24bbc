// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <optional>

#include "ensure_future.hpp"

namespace capricorn {

namespace detail {

/// The task behind a ThreadsafeFuture.
struct ThreadsafeTask {
  explicit ThreadsafeTask(Loop& loop) : link(loop.link()) {}
  const std::shared_ptr<LoopLink> link;
  std::atomic<bool> over{false};
  // Loop's thread
  TaskCore* task = nullptr;  // while it is pending
  bool cancelled = false;
};

/// What a ThreadsafeFuture waits for, until the loop closes: from then on it is broken.
template <class T>
class Pledge final : Promised {
 public:
  /// `future` is taken first: from `keep` on a loop that closes, on its own thread, may break it.
  Pledge(const std::shared_ptr<LoopLink>& link, std::future<T>& future) : link_(link) {
    future = promise_->get_future();
    if (!link_->keep(*this)) throw RuntimeError("Event loop is closed");
  }
  ~Pledge() { link_->forget(*this); }
  /// The loop's thread, before it closes.
  std::promise<T>& promise() noexcept { return *promise_; }

 private:
  void break_off() noexcept override { promise_.reset(); }

  const std::shared_ptr<LoopLink> link_;
  std::optional<std::promise<T>> promise_{std::in_place};
};

template <class T>
void hand_over(TaskHandle<T>& task, std::promise<T>& promise) {
  try {
    if constexpr (std::is_void_v<T>) {
      task.result();
      promise.set_value();
    } else {
      promise.set_value(task.cell().take());
    }
  } catch (...) {  // the other thread's
    promise.set_exception(std::current_exception());
  }
}

bool cancel_threadsafe(const std::shared_ptr<ThreadsafeTask>& state);

}  // namespace detail

/// A std::future that can also cancel its task; as plain std::future it is moved from.
template <class T>
class ThreadsafeFuture : public std::future<T> {
 public:
  ThreadsafeFuture(std::future<T> future, std::shared_ptr<detail::ThreadsafeTask> state)
      : std::future<T>(std::move(future)), state_(std::move(state)) {}
  /// Any thread. False where the task is over; else `get` throws CancelledError soon.
  bool cancel() { return detail::cancel_threadsafe(state_); }

 private:
  std::shared_ptr<detail::ThreadsafeTask> state_;
};

/// Schedules the coroutine on `loop`, from another thread, whose `get()` blocks for the result; it
/// throws std::future_error (broken_promise) where the loop closes before. Throws RuntimeError
/// where the loop is closed.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe
template <class T>
ThreadsafeFuture<T> run_coroutine_threadsafe(Task<T> coroutine, Loop& loop) {
  auto state = std::make_shared<detail::ThreadsafeTask>(loop);
  std::future<T> result;
  auto pledge = std::make_unique<detail::Pledge<T>>(state->link, result);
  ThreadsafeFuture<T> future(std::move(result), state);
  loop.call_soon_threadsafe(
      [&loop, state, coroutine = std::move(coroutine), pledge = std::move(pledge)]() mutable {
        TaskHandle<T> task = loop.create_task(std::move(coroutine));
        task.add_done_callback([state, pledge = std::move(pledge)](TaskHandle<T>& done) {
          state->task = nullptr;
          state->over = true;
          detail::hand_over(done, pledge->promise());
        });
        if (state->cancelled) task.cancel();
        state->task = &task.core();
      });
  return future;
}

}  // namespace capricorn
