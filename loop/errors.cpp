// SPDX-License-Identifier: MIT
#include "errors.hpp"

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

InvalidStateError::~InvalidStateError() = default;

TimeoutError::TimeoutError() : std::runtime_error("timed out") {}
TimeoutError::~TimeoutError() = default;

QueueFull::QueueFull() : std::runtime_error("the queue is full") {}
QueueFull::~QueueFull() = default;

}  // namespace capricorn
