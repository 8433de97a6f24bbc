// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <string>

namespace capricorn {

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
  void park(TaskCore& task, std::coroutine_handle<> self) noexcept;
  /// The task resumes on the loop's next pass.
  void wake() noexcept;
  /// The task resumes now; only from a callback of the loop.
  void step() noexcept;
  /// In await_resume: throws CancelledError where the task was cancelled meanwhile.
  void throw_if_cancelled();
  TaskCore* task() const noexcept { return task_; }

 private:
  TaskCore* task_ = nullptr;
};

}  // namespace capricorn
