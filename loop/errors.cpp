// SPDX-License-Identifier: MIT
#include "errors.hpp"

#include <typeinfo>
#include <utility>

namespace capricorn {

CancelledError::CancelledError() = default;
CancelledError::CancelledError(std::string text) : message(std::move(text)) {}
CancelledError::CancelledError(const CancelledError&) = default;
CancelledError::~CancelledError() = default;

RuntimeError::~RuntimeError() = default;
LookupError::~LookupError() = default;

KeyboardInterrupt::KeyboardInterrupt() = default;
KeyboardInterrupt::KeyboardInterrupt(const KeyboardInterrupt&) = default;
KeyboardInterrupt::~KeyboardInterrupt() = default;

GeneratorExit::GeneratorExit() = default;
GeneratorExit::GeneratorExit(const GeneratorExit&) = default;
GeneratorExit::~GeneratorExit() = default;

InvalidStateError::~InvalidStateError() = default;

TimeoutError::TimeoutError() : std::runtime_error("timed out") {}
TimeoutError::~TimeoutError() = default;

QueueFull::QueueFull() : std::runtime_error("the queue is full") {}
QueueFull::~QueueFull() = default;

QueueEmpty::QueueEmpty() : std::runtime_error("the queue is empty") {}
QueueEmpty::~QueueEmpty() = default;

QueueShutDown::QueueShutDown() : std::runtime_error("the queue is shut down") {}
QueueShutDown::~QueueShutDown() = default;

BrokenBarrierError::~BrokenBarrierError() = default;

namespace {

template <class E>
bool is(const std::exception_ptr& exception) noexcept {
  if (!exception) return false;
#ifdef __GLIBCXX__
  return *exception.__cxa_exception_type() == typeid(E);
#else
  try {
    std::rethrow_exception(exception);
  } catch (const E&) {
    return true;
  } catch (...) {  // only asked for its type
    return false;
  }
#endif
}

}  // namespace

bool is_cancelled_error(const std::exception_ptr& exception) noexcept {
  return is<CancelledError>(exception);
}
bool is_keyboard_interrupt(const std::exception_ptr& exception) noexcept {
  return is<KeyboardInterrupt>(exception);
}

}  // namespace capricorn
