// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace capricorn::test {

/// How often this process asked for memory: malloc and its siblings where the C library lets a
/// program replace them (glibc), else operator new. A program that links malloc_counter.cpp counts.
std::uint64_t malloc_calls() noexcept;

/// Called for each of them: where a debugger stops to see who asks.
void malloc_called() noexcept;

/// From now on this thread's `nth` call finds no memory, once; 0: none.
void fail_malloc(std::uint64_t nth) noexcept;
/// Whether that one came since.
bool malloc_has_failed() noexcept;
/// Until `fail_malloc` is called with what this returns.
std::uint64_t pause_failing() noexcept;

/// False under a sanitizer, whose malloc is its own.
bool counts_mallocs() noexcept;

}  // namespace capricorn::test
