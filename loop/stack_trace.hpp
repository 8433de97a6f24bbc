// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace capricorn {

/// Where a thread was, when a signal came or when it asked, in fixed memory: taken in its signal
/// handler, read elsewhere. Empty where the system has no backtrace().
class StackTrace {
 public:
  /// Before the first `capture`: what the system does only once, it does now.
  static void prepare() noexcept;
  /// In a handler of sigaction's SA_SIGINFO kind, with its third argument. Async-signal-safe.
  void capture(void* context) noexcept;
  /// Of the function that a call returns to at `return_address`, and its callers.
  void capture_from(const void* return_address) noexcept;

  /// The same number for the same callers, wherever in the innermost function the thread was.
  std::uint64_t place() const noexcept;
  bool empty() const noexcept { return begin_ == end_; }
  /// A line for each function, the innermost first: "    slow_query(int) (/srv/app.so 0x12ab)". The
  /// file and the number are what `addr2line -Cfe FILE NUMBER` takes.
  std::string format() const;

 private:
  static constexpr std::size_t kFrames = 64;
  std::array<void*, kFrames> addresses_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool begins_with_call_ = false;
};

}  // namespace capricorn
