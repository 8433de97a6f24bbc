// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>

namespace capricorn {

/// From now on the stack of each throw in the process is kept, of the last few dozen: for what is
/// shown to a developer, as it makes throwing several times as dear. False where that cannot be:
/// with sanitizers, with a standard library that is linked statically, without backtrace(). Any
/// thread.
bool trace_throws() noexcept;

/// Where the exception was first thrown: StackTrace's lines, "" where that is not known.
std::string stack_of_throw(const std::exception_ptr& exception);

}  // namespace capricorn
