// SPDX-License-Identifier: MIT
#pragma once

namespace capricorn {

class Loop;

/// Inside a catch: the exception goes to the loop's handler, or as much of it to the log as there
/// is memory for.
void report_exception(Loop& loop, const char* message) noexcept;

}  // namespace capricorn
