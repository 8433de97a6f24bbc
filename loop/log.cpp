// SPDX-License-Identifier: MIT
#include "log.hpp"

#include <unistd.h>

#include <atomic>
#include <string>

namespace capricorn {
namespace {

void log_to_stderr(LogLevel level, std::string_view message) noexcept {
  if (level < LogLevel::kWarning) return;
  try {
    std::string line(message);
    line += '\n';
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
  } catch (const std::exception&) {
    static_cast<void>(!::write(STDERR_FILENO, "out of memory\n", 14));
  }
}

constinit std::atomic<LogSink> current_sink{&log_to_stderr};

}  // namespace

LogSink set_log_sink(LogSink sink) noexcept {
  return current_sink.exchange(sink ? sink : &log_to_stderr);
}

void log(LogLevel level, std::string_view message) noexcept {
  current_sink.load(std::memory_order_relaxed)(level, message);
}

}  // namespace capricorn
