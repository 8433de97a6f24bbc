// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>

#include "../loop/errors.hpp"
#include "../loop/task_handle.hpp"

namespace capricorn {

/// Inside a catch, within a task: the exception in words. Throws it on where the task is to end by
/// it: a KeyboardInterrupt, and a CancelledError that was asked of the task itself. That of
/// something which it awaited is a failure as any other.
inline std::string failure_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (const CancelledError& error) {
    if (current_task().cancelling() > 0) throw;
    return error.message.empty() ? "CancelledError" : "CancelledError: " + error.message;
  } catch (...) {  // told, not swallowed
    return "not a std::exception";
  }
}

}  // namespace capricorn
