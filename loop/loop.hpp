// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <thread>
#include <vector>

#include "callback.hpp"
#include "callback_observer.hpp"
#include "errors.hpp"
#include "frame_pool.hpp"
#include "handle.hpp"
#include "platform.hpp"
#include "runnable.hpp"
#include "selector.hpp"
#include "task.hpp"

namespace capricorn {

struct AddressOptions;
struct AsyncGeneratorNode;
struct CancelWalk;
class DescriptorCallbacks;
class Executor;
class FutureCore;
class ExecutorJob;
class LoopLink;
class LoopLoad;
class SignalWatcher;
class SocketAddress;
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

/// asyncio's event loop: one thread, one loop. Every member is called on that thread, but for
/// `call_soon_threadsafe` and those that say "any thread"; in debug mode another one that schedules
/// gets a RuntimeError.
/// https://docs.python.org/3/library/asyncio-eventloop.html
class Loop {
 public:
  using TimePoint = capricorn::TimePoint;
  using ExceptionHandler = std::function<void(Loop&, const ExceptionContext&)>;

  explicit Loop(std::unique_ptr<Selector> selector = make_default_selector());
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop();

  // Each throws RuntimeError("Event loop is closed") on a closed loop. A callback runs in the
  // context variables of whoever scheduled it.
  template <class F>
  Handle call_soon(F&& callback, std::source_location where = std::source_location::current()) {
    return add_ready(make_handle(std::forward<F>(callback), where));
  }
  template <class F>
  TimerHandle call_later(Delay delay, F&& callback,
                         std::source_location where = std::source_location::current()) {
    // Read the clock first, so that the processor does the rest while that is under way.
    const TimePoint when = time_after(delay);
    return add_timer(make_handle(std::forward<F>(callback), where), when);
  }
  template <class F>
  TimerHandle call_at(TimePoint when, F&& callback,
                      std::source_location where = std::source_location::current()) {
    return add_timer(make_handle(std::forward<F>(callback), where), when);
  }
  /// The one entry from other threads; wakes the poll. Its Handle may be dropped there. Throws
  /// RuntimeError on a closed loop; the loop must outlive the call. The callback runs, and what it
  /// captured is destroyed, on the loop's thread: in order with `call_soon` where this is called on
  /// it while it runs, else with what other threads have left, behind what was ready before.
  Handle call_soon_threadsafe(Callback callback);

  /// The monotonic clock.
  virtual TimePoint time() const;
  /// The clock as this pass read it: no system call.
  TimePoint cached_time() const noexcept { return now_; }

  // Defined in task_handle.hpp and future.hpp.
  template <class T>
  TaskHandle<T> create_task(Task<T> task, TaskOptions options = {},
                            std::source_location where = std::source_location::current());
  template <class T>
  Future<T> create_future();

  /// Runs until the task or future is done; returns its result or throws what it threw. Throws
  /// RuntimeError where a loop runs on this thread, or where `stop` came first, and
  /// std::invalid_argument for a task or future of another loop.
  template <class T>
  T run_until_complete(Task<T> task, std::source_location where = std::source_location::current());
  template <class T>
  T run_until_complete(TaskHandle<T> handle);
  template <class T>
  T run_until_complete(Future<T> future);
  /// Throws KeyboardInterrupt at once where a callback or a task did; what is left of the pass runs
  /// when the loop runs again. Where the exception handler throws it, the pass is finished first.
  void run_forever();
  /// The pass under way is finished, then run_forever returns.
  void stop() noexcept { stopping_ = true; }
  /// Destroys what never finished. Throws RuntimeError while the loop runs; idempotent.
  void close();
  bool is_running() const noexcept { return running_; }
  /// Any thread.
  bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  /// nullptr: the default pool of min(32, cpus + 4) threads, made at first use.
  void set_default_executor(std::shared_ptr<Executor> executor);
  /// Awaitable: `f(args...)` in a pool, from the call on; to_thread.hpp.
  template <class F, class... Args>
  auto run_in_executor(Executor* executor, F f, Args... args);
  /// Throws RuntimeError after `shutdown_default_executor`.
  Executor& default_executor();
  /// Takes no more jobs and waits for those accepted, `timeout` at most: then it says so and leaves
  /// them alone. The loop runs on meanwhile. Cancelled or late, it leaves the joining to a thread
  /// of its own, which keeps the executor. The loop may then be closed.
  Task<void> shutdown_default_executor(Delay timeout = std::chrono::seconds(300));
  /// Closes every AsyncGenerator that was begun and not finished, and waits for those that were
  /// dropped; what fails goes to the exception handler.
  Task<void> shutdown_asyncgens();

  /// Names are looked up in a thread of the default pool. Throws std::system_error. Cancelled, it
  /// returns at once and the look-up ends alone. address.hpp.
  CAPRICORN_CORO_WRAPPER Task<std::vector<SocketAddress>> getaddrinfo(std::string host,
                                                                      std::string service);
  Task<std::vector<SocketAddress>> getaddrinfo(std::string host, std::string service,
                                               AddressOptions options);

  /// Without one, errors go to the log. What a handler throws is logged; KeyboardInterrupt leaves
  /// `run_forever`, the next one where none is under way.
  void set_exception_handler(ExceptionHandler handler);
  void call_exception_handler(const ExceptionContext& context) noexcept;
  void default_exception_handler(const ExceptionContext& context) noexcept;

  /// Calls back, once a pass, while `fd` can be read (written) without blocking; in place of the
  /// callback there was. The descriptor stays the caller's and is removed before it is closed.
  /// Throws std::system_error where the system cannot watch it.
  void add_reader(int fd, Callback callback);
  void add_writer(int fd, Callback callback);
  /// Whether there was one.
  bool remove_reader(int fd);
  bool remove_writer(int fd);

  enum class Delivery : bool { kAlways, kOnce };
  /// The callback runs as any other of the loop's; `kOnce` gives the signal its default effect back
  /// as soon as it came. One loop of the process at a time. Throws std::system_error.
  void add_signal_handler(int signal, Callback callback, Delivery delivery = Delivery::kAlways);
  bool remove_signal_handler(int signal);

  // Debugging
  /// Also by the environment: CAPRICORN_DEBUG=1. Slow callbacks are logged, wrong threads refused.
  void set_debug(bool debug) noexcept {
    debug_ = debug;
    checks_callers_ = debug || is_closed();
  }
  bool get_debug() const noexcept { return debug_; }
  /// In debug mode a callback that takes so long is logged.
  Duration slow_callback_duration = std::chrono::milliseconds(100);
  /// Told of every callback from now on; the observer takes itself off by being destroyed.
  void add_callback_observer(CallbackObserver& observer) { observers_.push_back(observer); }
  /// Has `load` count how long each pass takes from now on; nullptr ends that. The caller's.
  void measure(LoopLoad* load) noexcept { load_ = load; }
  /// Callbacks that wait for their turn. Counted on the call, one by one.
  std::size_t ready_count() const noexcept { return ready_.size() - snapshot_end_.linked(); }
  std::size_t timer_count() const noexcept;
  /// Counts the passes. Any thread: a watchdog looks from its own.
  std::uint64_t pass_count() const noexcept { return passes_.load(std::memory_order_relaxed); }
  /// Whether it waits in a poll. Any thread.
  bool is_asleep() const noexcept {
    return attention_.load(std::memory_order_relaxed) == Attention::kAsleep;
  }
  /// The thread it runs on, 0 while it does not run. Any thread.
  ThreadId running_on() const noexcept { return running_on_.load(std::memory_order_acquire); }

  // For the parts of the library that lie in their owner's memory.
  void schedule(Runnable& runnable) noexcept { ready_.push_back(runnable); }
  /// Runs after the callbacks of this pass: late writes are flushed there, once.
  void at_end_of_pass(Runnable& runnable) noexcept { end_of_pass_.push_back(runnable); }
  void schedule_at(TimerNode& timer, TimePoint when);
  void cancel_timer(TimerNode& timer) noexcept;
  void watch(IoWatcher& watcher, std::uint8_t events);
  void modify_watch(IoWatcher& watcher, std::uint8_t events) { selector_->modify(watcher, events); }
  /// Runs a callback in its context; what it throws goes to the exception handler, but for
  /// KeyboardInterrupt, which ends the run.
  void call(Callback& callback, Context& context);
  /// Inside a catch: the exception is that of a callback made at `where`. KeyboardInterrupt is
  /// thrown on.
  void callback_failed(std::source_location where);
  void unwatch(IoWatcher& watcher) noexcept;
  /// Calls `on_io` on a later pass as though the selector had told of `events`, together with what
  /// it tells until then.
  void tell_again(IoWatcher& watcher, std::uint8_t events) noexcept {
    watcher.events_ |= events;
    if (!watcher.linked()) schedule(watcher);
  }
  /// For whoever may outlive the loop.
  const std::shared_ptr<LoopLink>& link() const noexcept { return link_; }
  /// A job is back from its executor. Any thread.
  void post(ExecutorJob& job) noexcept;
  /// Work that an executor has and this loop waits for: a virtual clock does not run ahead of it.
  std::size_t jobs_outside() const noexcept { return jobs_outside_; }
  void job_leaves() noexcept { ++jobs_outside_; }
  void job_returns() noexcept { --jobs_outside_; }
  /// Ends the poll under way so that the next pass looks around. Any thread, signal handlers too.
  void wake() noexcept {
    // What was left for the loop is there before this. One that was called and has not looked yet
    // will find it; otherwise either it sees that it was called, or we see that it sleeps.
    if (attention_.load(std::memory_order_seq_cst) == Attention::kCalled) return;
    if (attention_.exchange(Attention::kCalled, std::memory_order_seq_cst) == Attention::kAsleep)
      selector_->wake();
  }
  /// What a thread needs to wake it by. Any thread.
  int wake_descriptor() const noexcept { return selector_->wake_descriptor(); }
  /// Bytes that a transport reads into, valid until it returns to the loop.
  char* read_buffer();
  static constexpr std::size_t kReadBufferSize = 65536;
  /// The same for what TLS decrypts out of that one, a record at a time.
  char* plain_buffer();
  static constexpr std::size_t kPlainBufferSize = 16384;
  FramePool& frame_pool() noexcept { return *frame_pool_; }
  Selector& selector() noexcept { return *selector_; }

  // Tasks
  TaskCore* current_task() const noexcept { return current_task_; }
  IntrusiveList<TaskListNode>& tasks() noexcept { return tasks_; }
  std::uint64_t next_task_number() noexcept { return ++task_number_; }

 protected:
  /// For a clock of one's own, which begins at `now`.
  Loop(std::unique_ptr<Selector> selector, TimePoint now);
  /// Where that clock is moved between two passes.
  void set_cached_time(TimePoint now) noexcept { now_ = now; }

 private:
  friend class AsyncGeneratorCore;
  friend class TaskCore;
  template <class F>
  HandleState* make_handle(F&& callback, std::source_location where) {
    using Fn = std::decay_t<F>;
    check_usable();
    if constexpr (std::same_as<Fn, Callback>) where = callback.where();
    if constexpr (check_callback<Fn>())
      return new CallbackState<Fn>(*this, std::forward<F>(callback), where);
    else
      return nullptr;
  }
  Handle add_ready(HandleState* state) noexcept {
    ready_.push_back(*state);
    return Handle(state);
  }
  TimerHandle add_timer(HandleState* state, TimePoint when);
  TimePoint time_after(Duration delay) const noexcept;
  void run_until_done(FutureCore& future);
  void check_can_run() const;
  void run_once();
  bool must_poll() const noexcept;
  Duration poll_timeout();
  bool fall_asleep() noexcept;
  void poll(Duration timeout);
  void take_posted();
  void run_ready();
  void run_observed(Runnable& runnable);
  void drop_ready() noexcept;
  bool is_observed() const noexcept { return debug_ || !observers_.empty(); }
  void check_usable() const {
    if (checks_callers_) check_usable_closely();
  }
  void check_usable_closely() const;
  DescriptorCallbacks& descriptors();

  // Scheduling
  std::unique_ptr<Selector> selector_;
  FramePool* frame_pool_;
  IntrusiveList<Runnable> ready_;
  struct EndMark final : Runnable {
    void run() override {}
  };
  EndMark snapshot_end_;  // in `ready_`: what comes behind it waits for the next pass
  IntrusiveList<Runnable> end_of_pass_;
  EndMark pass_end_;
  TimePoint now_;
  TimePoint polls_at_;  // what the clock said before a poll that may wait
  std::unique_ptr<TimerQueue> timers_;
  std::vector<Selector::Event> events_;
  std::size_t watched_ = 0;
  bool stopping_ = false;
  bool interrupted_ = false;  // by the exception handler
  bool running_ = false;

  // Tasks
  TaskCore* current_task_ = nullptr;
  CancelWalk* cancel_walk_ = nullptr;  // TaskCore's, while one is under way
  IntrusiveList<TaskListNode> tasks_;
  std::uint64_t task_number_ = 0;
  std::shared_ptr<const ExceptionHandler> exception_handler_;  // also its own, while it runs

  // Debugging
  bool debug_ = false;
  bool checks_callers_ = false;  // in debug mode, or closed
  std::thread::id thread_;
  IntrusiveList<CallbackObserver> observers_;
  Duration observed_inside_{};
  LoopLoad* load_ = nullptr;
  std::atomic<std::uint64_t> passes_{0};

  // Other threads
  std::atomic<ThreadId> running_on_{0};
  std::atomic<bool> closed_{false};
  enum class Attention : unsigned char { kAwake, kAsleep, kCalled };
  std::atomic<Attention> attention_{Attention::kAwake};
  std::atomic<PostedCallback*> posted_callbacks_{nullptr};
  std::atomic<ExecutorJob*> posted_jobs_{nullptr};
  std::shared_ptr<LoopLink> link_;

  // Resources
  IntrusiveList<AsyncGeneratorNode> async_generators_;
  bool async_generators_shut_down_ = false;
  std::shared_ptr<Executor> default_executor_;
  bool executor_shut_down_ = false;
  std::size_t jobs_outside_ = 0;
  std::unique_ptr<SignalWatcher> signals_;
  std::unique_ptr<DescriptorCallbacks> descriptors_;
  std::unique_ptr<char[]> read_buffer_;
  std::unique_ptr<char[]> plain_buffer_;
};

/// Throws RuntimeError("no running event loop") where none runs on this thread.
Loop& get_running_loop();
bool has_running_loop() noexcept;
/// What a loop without an exception handler does with it: to the log.
void log_exception(const ExceptionContext& context) noexcept;

}  // namespace capricorn
