// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "../config/config.hpp"
#include "../http/headers.hpp"
#include "../loop/log.hpp"
#include "access_log.hpp"
#include "log_writer.hpp"

namespace capricorn {

/// The log, in uvicorn's lines or as JSON: messages go to standard error, one line for each request
/// to standard output, or each to a file. Called before anything is served; again to change it (no
/// other thread logs meanwhile). `kDirect` where the process will fork: no thread is started. What
/// goes to the same file or pipe keeps its order. Throws LogFileError, and then the log stays as it
/// was.
void configure_logging(const Config& config, LogWriter::Mode mode = LogWriter::Mode::kThread);

/// The same for a program's start: false where a file cannot be opened, which is told on standard
/// error.
bool start_logging(const Config& config, LogWriter::Mode mode = LogWriter::Mode::kThread);

/// To the server's log, also where an application has set another sink for log(). Any thread, one
/// without descriptors too.
void log_message(LogLevel level, std::string_view message) noexcept;
/// Any thread.
LogLevel log_level() noexcept;
/// From now on, in this process.
void set_log_level(LogLevel level) noexcept;

/// Opens log files anew, for who has renamed them: SIGUSR1.
void reopen_log_files() noexcept;
/// Until all is written, a second at most.
void flush_logs() noexcept;
/// Lines that could not be written, or for which there was no room, so far. Any thread.
std::uint64_t log_lines_dropped() noexcept;

// Requests. Any thread.
bool access_log_enabled() noexcept;
/// Whether a request's line is written when it is over, else when its answer begins.
bool access_log_waits() noexcept;
/// Whether it tells the trace: then each request has one.
bool access_log_traces() noexcept;
/// The values that the line wants of an answer's headers, in their order.
std::vector<std::string> logged_headers(const Headers& headers);
/// Whether it wants any.
bool access_log_wants_headers() noexcept;
void log_access(const AccessRecord& record) noexcept;

}  // namespace capricorn
