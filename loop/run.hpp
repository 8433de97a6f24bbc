// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "task_handle.hpp"

namespace capricorn {

struct RunOptions {
  std::optional<bool> debug = {};                            // none: CAPRICORN_DEBUG decides
  std::function<std::unique_ptr<Loop>()> loop_factory = {};  // none: a Loop on the default selector
};

/// One loop, and one set of context variables, for several runs. Ctrl+C cancels what runs, which
/// ends with KeyboardInterrupt once it has cleaned up; a second Ctrl+C ends the process at once.
/// https://docs.python.org/3/library/asyncio-runner.html#asyncio.Runner
class Runner {
 public:
  explicit Runner(RunOptions options = {}) : options_(std::move(options)) {}
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  /// As `close`, but what that throws goes to the loop's exception handler.
  ~Runner();

  /// Runs to the coroutine's end; its result, or throws what it threw. Throws RuntimeError where a
  /// loop runs on this thread or the runner is closed.
  template <class T>
  T run(Task<T> main);
  /// Made at first use.
  Loop& get_loop();
  /// Cancels what is left and waits for it, closes async generators, joins the default executor,
  /// closes the loop. Idempotent; `run` then throws.
  void close();

 private:
  /// SIGINT is ours for a scope where nobody else has it and this is the main thread.
  class Interrupt {
   public:
    Interrupt(Loop& loop, TaskCore& main);
    Interrupt(const Interrupt&) = delete;
    ~Interrupt();
    /// Whether CancelledError came of Ctrl+C alone.
    bool is_cause() noexcept;

   private:
    Loop& loop_;
    TaskCore& main_;
    bool installed_ = false;
    bool came_ = false;
  };

  RunOptions options_;
  Context context_ = Context::copy_current();
  std::unique_ptr<Loop> loop_;
  bool closed_ = false;
};

/// Cancels every task that is left and waits for their ends, then for async generators and the
/// default executor; closes the loop. Throws KeyboardInterrupt behind that, where one of them did.
void shut_down(Loop& loop);
/// Throws RuntimeError("<who> cannot be called from a running event loop") where one runs here.
void check_no_running_loop(const char* who);

template <class T>
T Runner::run(Task<T> main) {
  check_no_running_loop("Runner.run()");
  Loop& loop = get_loop();
  TaskHandle<T> task = context_.run([&] { return loop.create_task(std::move(main)); });
  struct KeepContext {  // what one run sets, the next one sees
    Context& kept;
    TaskHandle<T>& task;
    ~KeepContext() { kept = task.get_context(); }
  } keep{context_, task};
  Interrupt interrupt(loop, task.core());
  try {
    return loop.run_until_complete(task);
  } catch (const CancelledError&) {
    if (interrupt.is_cause()) throw KeyboardInterrupt();
    throw;
  }
}

/// asyncio.run: a new loop runs `main` to its end, then everything left over is cancelled and
/// drained and the loop closed. Throws RuntimeError where a loop already runs on this thread, and
/// KeyboardInterrupt where a callback or a task did.
template <class T>
T run(Task<T> main, RunOptions options = {}) {
  check_no_running_loop("asyncio.run()");
  Runner runner(std::move(options));
  if constexpr (std::is_void_v<T>) {
    runner.run(std::move(main));
    runner.close();
  } else {
    T result = runner.run(std::move(main));
    runner.close();
    return result;
  }
}

}  // namespace capricorn
