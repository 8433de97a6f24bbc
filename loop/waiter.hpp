// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <memory>
#include <string>

namespace capricorn {

class PromiseBase;
class TaskCore;

/// What a suspended task waits on: the base of every awaiter that really suspends. It lies in the
/// awaiting frame.
class Waiter {
 public:
  Waiter() noexcept = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// The task is being cancelled. True: the wait ends by itself, soon, with CancelledError. False:
  /// it is over already, and the task delivers the cancellation when it resumes.
  virtual bool cancel(const std::string& message) = 0;

 protected:
  ~Waiter() = default;
  template <class P>
  void park(TaskCore& task, std::coroutine_handle<P> self) noexcept {
    park(task, self, self.promise());
  }
  void park(TaskCore& task, std::coroutine_handle<> self, PromiseBase& promise) noexcept;
  /// The task resumes on the loop's next pass.
  void wake() noexcept;
  /// The task resumes now; only from a callback of the loop. Throws KeyboardInterrupt where that
  /// ends the task.
  void step();
  /// In await_resume: throws CancelledError where the task was cancelled meanwhile.
  void throw_if_cancelled();
  /// Instead of that, where it throws a CancelledError of its own.
  void cancellation_delivered() noexcept;
  TaskCore* task() const noexcept { return task_; }

 private:
  TaskCore* task_ = nullptr;
};

/// A wait that its task's cancellation ends at once: asleep, for a thread, for one of several.
class SimpleWaiter : public Waiter {
 public:
  bool cancel(const std::string& message) final;

 protected:
  ~SimpleWaiter() = default;
  /// The task resumes; later calls do nothing.
  void finish() noexcept;
  bool finished() const noexcept { return finished_; }
  /// Cancelled: what it waits for is to forget it.
  virtual void give_up() noexcept = 0;
  /// In await_resume: throws CancelledError where the wait was cancelled.
  void check_cancelled() {
    if (message_) throw_cancelled();
    throw_if_cancelled();
  }

 private:
  [[noreturn]] void throw_cancelled();

  bool finished_ = false;
  std::unique_ptr<std::string> message_;  // where it was cancelled
};

}  // namespace capricorn
