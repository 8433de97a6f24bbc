// SPDX-License-Identifier: MIT
#pragma once

namespace capricorn {

/// From now on a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) writes its signal and the stack
/// to standard error before it ends the process as it would have; an overflow of the main thread's
/// stack too. A signal that somebody else handles stays theirs. For the whole process.
void report_crashes() noexcept;

}  // namespace capricorn
