// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace capricorn {

/// asyncio's exceptions. Destructors are out of line, so that a module and the binary that loads it
/// share one type.

/// Thrown where a cancelled task resumes. Not a std::exception: `catch (const std::exception&)`
/// lets it pass, as Python's `except Exception` does.
struct CancelledError final {
  CancelledError();
  explicit CancelledError(std::string message);
  CancelledError(const CancelledError&);
  ~CancelledError();
  std::string message;
};

struct RuntimeError : std::runtime_error {
  using std::runtime_error::runtime_error;
  ~RuntimeError() override;
};

/// A context variable without a value.
struct LookupError : std::runtime_error {
  using std::runtime_error::runtime_error;
  ~LookupError() override;
};

/// Ctrl+C ended what `run` was running. Like CancelledError not a std::exception. Thrown by a
/// callback or a task, it is no error for the exception handler: it ends the loop's run at once.
struct KeyboardInterrupt final {
  KeyboardInterrupt();
  KeyboardInterrupt(const KeyboardInterrupt&);
  ~KeyboardInterrupt();
};

/// Thrown at the co_yield of an AsyncGenerator that is closed; let it pass. Not a std::exception.
struct GeneratorExit final {
  GeneratorExit();
  GeneratorExit(const GeneratorExit&);
  ~GeneratorExit();
};

struct InvalidStateError : std::runtime_error {
  using std::runtime_error::runtime_error;
  ~InvalidStateError() override;
};

struct TimeoutError : std::runtime_error {
  TimeoutError();
  using std::runtime_error::runtime_error;
  ~TimeoutError() override;
};

/// A bounded queue, an executor's among them, takes no more.
struct QueueFull : std::runtime_error {
  QueueFull();
  using std::runtime_error::runtime_error;
  ~QueueFull() override;
};

/// get_nowait() on an empty queue.
struct QueueEmpty : std::runtime_error {
  QueueEmpty();
  using std::runtime_error::runtime_error;
  ~QueueEmpty() override;
};

/// The queue was shut down.
struct QueueShutDown : std::runtime_error {
  QueueShutDown();
  using std::runtime_error::runtime_error;
  ~QueueShutDown() override;
};

struct BrokenBarrierError : RuntimeError {
  using RuntimeError::RuntimeError;
  ~BrokenBarrierError() override;
};

// What an exception is, asked without handling it; null is neither.
bool is_cancelled_error(const std::exception_ptr& exception) noexcept;
bool is_keyboard_interrupt(const std::exception_ptr& exception) noexcept;

}  // namespace capricorn
