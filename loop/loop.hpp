// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <concepts>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "callback.hpp"
#include "errors.hpp"
#include "frame_pool.hpp"
#include "handle.hpp"
#include "runnable.hpp"
#include "selector.hpp"
#include "task.hpp"

namespace capricorn {

class Executor;
class Job;
class SignalWatcher;
class TaskCore;
class TimerQueue;
template <class T = void>
class Future;
template <class T = void>
class TaskHandle;
struct TaskListNode;

struct TaskOptions {
  std::string name = {};     // "" gives "Task-N"
  bool eager_start = false;  // run to the first suspension at once
};

struct ExceptionContext {
  std::string message;
  std::exception_ptr exception;
  std::string task_name;
};

/// asyncio's event loop: one thread, one loop. Every member is called on that thread, except
/// `call_soon_threadsafe` and `post`. https://docs.python.org/3/library/asyncio-eventloop.html
class Loop {
 public:
  using TimePoint = capricorn::TimePoint;
  using ExceptionHandler = void (*)(Loop&, const ExceptionContext&);

  explicit Loop(std::unique_ptr<Selector> selector = make_default_selector());
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop();

  // Each throws RuntimeError("Event loop is closed") on a closed loop.
  Handle call_soon(Callback callback);
  TimerHandle call_later(Duration delay, Callback callback);
  TimerHandle call_at(TimePoint when, Callback callback);
  /// The one entry from other threads; wakes the poll. Its Handle may be dropped there.
  Handle call_soon_threadsafe(Callback callback);

  /// The monotonic clock.
  virtual TimePoint time() const;
  /// The clock as this pass read it: no system call.
  TimePoint cached_time() const noexcept { return now_; }

  // Defined in task_handle.hpp and future.hpp.
  template <class T>
  TaskHandle<T> create_task(Task<T> task, TaskOptions options = {});
  template <class T>
  Future<T> create_future();

  /// Runs until the task is over; returns its result or throws what it threw.
  template <class T>
  T run_until_complete(Task<T> task);
  void run_forever();
  /// The pass under way is finished, then run_forever returns.
  void stop() noexcept { stopping_ = true; }
  /// Destroys what never finished. Throws RuntimeError while the loop runs; idempotent.
  void close();
  bool is_running() const noexcept { return running_; }
  bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  /// nullptr: the default pool of min(32, cpus + 4) threads, made at first use.
  void set_default_executor(std::shared_ptr<Executor> executor);
  Executor& default_executor();
  /// Waits for the default executor's jobs.
  void shutdown_default_executor();

  void set_exception_handler(ExceptionHandler handler) noexcept { exception_handler_ = handler; }
  void call_exception_handler(const ExceptionContext& context) noexcept;

  /// The callback runs as any other of the loop's. Main thread. Throws std::system_error.
  void add_signal_handler(int signal, Callback callback);
  bool remove_signal_handler(int signal);

  // For the parts of the library that lie in their owner's memory.
  void schedule(Runnable& runnable) noexcept { ready_.push_back(runnable); }
  /// Runs after the callbacks of this pass: late writes are flushed there, once.
  void at_end_of_pass(Runnable& runnable) noexcept { end_of_pass_.push_back(runnable); }
  void schedule_at(TimerNode& timer, TimePoint when);
  void cancel_timer(TimerNode& timer) noexcept;
  void watch(IoWatcher& watcher, std::uint8_t events);
  void modify_watch(IoWatcher& watcher, std::uint8_t events) { selector_->modify(watcher, events); }
  void unwatch(IoWatcher& watcher) noexcept;
  /// A job is back from its executor. Any thread.
  void post(Job& job) noexcept;
  /// Bytes that a transport reads into, valid until it returns to the loop.
  char* read_buffer();
  static constexpr std::size_t kReadBufferSize = 65536;
  FramePool& frame_pool() noexcept { return *frame_pool_; }
  Selector& selector() noexcept { return *selector_; }

  // Tasks
  TaskCore* current_task() const noexcept { return current_task_; }
  IntrusiveList<TaskListNode>& tasks() noexcept { return tasks_; }
  std::uint64_t next_task_number() noexcept { return ++task_number_; }

 private:
  friend class TaskCore;
  void run_once();
  Duration poll_timeout();
  void poll(Duration timeout);
  void run_ready();
  void take_posted();
  void check_closed() const;
  void wake_if_asleep() noexcept;

  // Scheduling
  std::unique_ptr<Selector> selector_;
  FramePool* frame_pool_;
  IntrusiveList<Runnable> ready_;
  IntrusiveList<Runnable> end_of_pass_;
  std::unique_ptr<TimerQueue> timers_;
  std::vector<Selector::Event> events_;
  TimePoint now_;
  bool stopping_ = false;
  bool running_ = false;

  // Tasks
  TaskCore* current_task_ = nullptr;
  IntrusiveList<TaskListNode> tasks_;
  std::uint64_t task_number_ = 0;
  ExceptionHandler exception_handler_ = nullptr;

  // Other threads
  std::atomic<bool> closed_{false};
  std::atomic<bool> asleep_{false};
  std::atomic<HandleState*> posted_callbacks_{nullptr};
  std::atomic<Job*> posted_jobs_{nullptr};

  // Resources
  std::shared_ptr<Executor> default_executor_;
  std::unique_ptr<SignalWatcher> signals_;
  std::unique_ptr<char[]> read_buffer_;
};

/// Throws RuntimeError("no running event loop") where none runs on this thread.
Loop& get_running_loop();

}  // namespace capricorn
