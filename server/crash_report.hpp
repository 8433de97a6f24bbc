// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

namespace capricorn {

/// From now on a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) writes its signal and the stack
/// to standard error before it ends the process as it would have; an overflow of the main thread's
/// stack too. A signal that somebody else handles stays theirs. For the whole process.
void report_crashes() noexcept;
/// To this file too, where standard error is another; "" for none. Again where the log begins
/// another file.
void report_crashes_to(const std::string& path) noexcept;

/// While it lives, an overflow of the stack of the thread that made it is reported as well.
class CrashStack {
 public:
  CrashStack() noexcept;
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;

 private:
  std::unique_ptr<char[]> memory_;
};

}  // namespace capricorn
