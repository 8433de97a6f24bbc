// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../loop/buffer.hpp"
#include "../loop/log.hpp"
#include "../loop/one_line.hpp"

namespace capricorn {

// What the lines of the log are made of.

/// "info"; the other way in any case of letters.
std::string_view level_name(LogLevel level) noexcept;
std::optional<LogLevel> level_named(std::string_view name) noexcept;

/// "INFO:     ", as uvicorn aligns it.
void append_level(std::string& out, LogLevel level, bool colors);
/// What is not printable ASCII, quotes and backslashes as \xHH.
void append_escaped(std::string& out, std::string_view text);
void append_number(std::string& out, std::uint64_t number);

/// "2026-11-21T17:23:02.123Z", now.
void append_rfc3339_now(std::string& out);
/// As JSON, and what a terminal might obey, should it be shown the line as it is, as \uHHHH.
void append_json_text(Buffer& out, std::string_view text);
/// `{"time":"…","level":"info","message":"…"`: an object that is not closed yet.
void begin_json_line(Buffer& out, LogLevel level, std::string_view message);

}  // namespace capricorn
