// SPDX-License-Identifier: MIT
#include "task.hpp"

#include <new>

#include "errors.hpp"
#include "log.hpp"
#include "source_name.hpp"

namespace capricorn {

void drop_unawaited(const PromiseBase& promise, std::coroutine_handle<> frame) noexcept {
  const std::source_location made = promise.waits_at();
  frame.destroy();
  try {
    log(LogLevel::kWarning,
        "coroutine '" + function_name(made) + "' was never awaited (" + file_and_line(made) + ")");
  } catch (const std::bad_alloc&) {  // then so much of it
    log(LogLevel::kWarning, "a coroutine was never awaited");
  }
}

void refuse_reuse() { throw RuntimeError("cannot reuse already awaited coroutine"); }

}  // namespace capricorn
