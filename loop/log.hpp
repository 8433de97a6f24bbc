// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace capricorn {

/// uvicorn's levels.
enum class LogLevel : unsigned char { kTrace, kDebug, kInfo, kWarning, kError, kCritical };

/// Where the library's own messages go; the server fills it. Any thread.
using LogSink = void (*)(LogLevel level, std::string_view message) noexcept;

/// Returns the sink before. Without one, warnings and worse go to standard error.
LogSink set_log_sink(LogSink sink) noexcept;
void log(LogLevel level, std::string_view message) noexcept;

}  // namespace capricorn
