// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace capricorn::test {

/// How often this process asked for memory: malloc and its siblings where the C library lets a
/// program replace them (glibc), else operator new. A program that links malloc_counter.cpp counts.
std::uint64_t malloc_calls() noexcept;

/// Called for each of them: where a debugger stops to see who asks.
void malloc_called() noexcept;

/// False under a sanitizer, whose malloc is its own.
bool counts_mallocs() noexcept;

}  // namespace capricorn::test
