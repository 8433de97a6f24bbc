// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "async_generator_frame.hpp"
#include "wait.hpp"

namespace capricorn {
namespace {

/// Waits for the ends of tasks that were cancelled.
Task<> see_off(std::vector<AnyTask> tasks) {
  std::vector<FutureCore*> cores;
  for (const AnyTask& task : tasks) cores.push_back(&task.core());
  co_await WaitWaiter(std::move(cores), {});
  for (AnyTask& task : tasks) {
    if (!task.core().failed() || is_keyboard_interrupt(task.exception())) continue;
    task.get_loop().call_exception_handler(
        {"unhandled exception during asyncio.run() shutdown", task.exception(), task.name()});
  }
}

/// To the task's end, however often KeyboardInterrupt comes; whether it did.
bool run_to_end(Loop& loop, Task<> task) {
  const TaskHandle<> handle = loop.create_task(std::move(task));
  bool interrupted = false;
  for (;;) {
    try {
      loop.run_until_complete(handle);
      return interrupted;
    } catch (const KeyboardInterrupt&) {  // thrown on when all is done
      interrupted = true;
    }
  }
}

bool is_main_thread() noexcept {
#ifdef __linux__
  return ::getpid() == ::gettid();
#else
  return ::pthread_main_np() != 0;
#endif
}

}  // namespace

void shut_down(Loop& loop) {
  std::vector<AnyTask> left = all_tasks(loop);
  // Those that close generators come to their end by themselves, behind the others.
  std::vector<const TaskCore*> closing = AsyncGeneratorCore::closing_tasks(loop);
  std::ranges::sort(closing);
  std::erase_if(left, [&closing](const AnyTask& task) {
    const TaskCore* const core = &task.core();
    return std::ranges::binary_search(closing, core);
  });
  for (AnyTask& task : left) task.cancel();  // before any of them takes another step
  bool interrupted = false;
  if (!left.empty()) interrupted |= run_to_end(loop, see_off(std::move(left)));
  interrupted |= run_to_end(loop, loop.shutdown_asyncgens());
  interrupted |= run_to_end(loop, loop.shutdown_default_executor());
  loop.close();
  if (interrupted) throw KeyboardInterrupt();
}

void check_no_running_loop(const char* who) {
  if (has_running_loop()) {
    throw RuntimeError(std::string(who) + " cannot be called from a running event loop");
  }
}

Loop& Runner::get_loop() {
  if (closed_) throw RuntimeError("Runner is closed");
  if (!loop_) {
    loop_ = options_.loop_factory ? options_.loop_factory() : std::make_unique<Loop>();
    if (options_.debug) loop_->set_debug(*options_.debug);
  }
  return *loop_;
}

void Runner::close() {
  closed_ = true;
  const std::unique_ptr<Loop> loop = std::move(loop_);  // goes, whatever shutting down throws
  if (loop) shut_down(*loop);
}

Runner::~Runner() {
  closed_ = true;
  const std::unique_ptr<Loop> loop = std::move(loop_);
  if (!loop) return;
  try {
    shut_down(*loop);
  } catch (...) {  // told, not swallowed: nobody can catch it here
    // What left `run` is on its way still; asyncio throws that, too.
    if (std::uncaught_exceptions() > 0 && is_keyboard_interrupt(std::current_exception())) return;
    loop->call_exception_handler(
        {"Runner could not shut down its loop", std::current_exception(), {}});
  }
}

Runner::Interrupt::Interrupt(Loop& loop, TaskCore& main) : loop_(loop), main_(main) {
  struct sigaction current = {};
  if (!is_main_thread() || ::sigaction(SIGINT, nullptr, &current) < 0) return;
  if (current.sa_handler != SIG_DFL) return;
  try {
    loop_.add_signal_handler(
        SIGINT,
        [this] {
          came_ = true;
          main_.cancel({});
        },
        Loop::Delivery::kOnce);
    installed_ = true;
  } catch (const RuntimeError&) {  // another loop of the process has the signals
  }
}

Runner::Interrupt::~Interrupt() {
  if (installed_) loop_.remove_signal_handler(SIGINT);
}

bool Runner::Interrupt::is_cause() noexcept { return came_ && main_.uncancel() == 0; }

}  // namespace capricorn
