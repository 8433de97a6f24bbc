// SPDX-License-Identifier: MIT
#include "logging.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "crash_report.hpp"
#include "log_line.hpp"

namespace capricorn {
namespace {

enum class AccessStyle : unsigned char { kLine, kJson, kAtoms };

/// What `configure_logging` made of the configuration.
struct Logs {
  std::string file;  // of messages; "": standard error
  std::vector<std::unique_ptr<LogWriter>> writers;
  LogWriter* messages = nullptr;
  LogWriter* requests = nullptr;
  bool json = false;
  bool message_colors = false;
  bool request_colors = false;
  AccessStyle style = AccessStyle::kLine;
  std::optional<AccessFormat> format;
};

// A sink is a function: what it writes to is found here. Never destroyed by the program's end.
constinit Logs* logs = nullptr;
constinit std::atomic<bool> access_enabled{false};
constinit std::atomic<LogLevel> level{LogLevel::kInfo};
constinit std::atomic<bool> notices_json{false};

std::string lost_lines(std::uint64_t count) {
  const std::string message =
      std::to_string(count) + " line(s) of the log could not be written and are lost.";
  if (notices_json) {
    Buffer out;
    begin_json_line(out, LogLevel::kWarning, message);
    out.append("}");
    return std::string(out.view());
  }
  std::string line;
  append_level(line, LogLevel::kWarning, false);
  return line + message;
}

/// The writer to that file, or to that descriptor where there is none; one for each place.
LogWriter* writer_to(Logs& all, const std::string& path, int fd, LogWriter::Mode mode) {
  const auto known = std::ranges::find_if(all.writers, [&](const auto& writer) {
    return path.empty() ? writer->same_place(fd) : writer->same_place(path);
  });
  if (known != all.writers.end()) return known->get();
  all.writers.push_back(path.empty() ? std::make_unique<LogWriter>(fd, mode, &lost_lines)
                                     : std::make_unique<LogWriter>(path, mode, &lost_lines));
  return all.writers.back().get();
}

bool colors_of(const Config& config, const std::string& path, int fd) {
  return config.use_colors.value_or(path.empty() && ::isatty(fd) == 1);
}

void set_style(Logs& all, const Config& config) {
  const std::string& format = config.access_log_format;
  if (format == "json" || (format.empty() && all.json)) {
    all.style = AccessStyle::kJson;
  } else if (!format.empty()) {
    all.style = AccessStyle::kAtoms;
    all.format.emplace(format);
  }
}

void end_logging() {
  set_log_sink(nullptr);
  access_enabled = false;
  delete std::exchange(logs, nullptr);
}

/// The program's last lines are as good as any. Nothing is destroyed: a thread that was left behind
/// may log yet.
void flush_at_exit() {
  static const bool registered = std::atexit(&flush_logs) == 0;
  static_cast<void>(registered);
}

}  // namespace

void configure_logging(const Config& config, LogWriter::Mode mode) {
  auto next = std::make_unique<Logs>();
  const std::string& requests =
      config.access_log_file.empty() ? config.log_file : config.access_log_file;
  next->json = config.log_format == "json";
  next->file = config.log_file;
  next->messages = writer_to(*next, config.log_file, STDERR_FILENO, mode);
  next->message_colors = colors_of(config, config.log_file, STDERR_FILENO);
  set_style(*next, config);
  if (config.access_log) {
    next->requests = writer_to(*next, requests, STDOUT_FILENO, mode);
    next->request_colors = colors_of(config, requests, STDOUT_FILENO);
  }
  end_logging();
  notices_json = next->json;
  report_crashes_to(next->file);
  logs = next.release();
  set_log_level(level_named(config.log_level).value_or(LogLevel::kInfo));
  set_log_sink(&log_message);
  flush_at_exit();
}

bool start_logging(const Config& config, LogWriter::Mode mode) {
  try {
    configure_logging(config, mode);
    return true;
  } catch (const LogFileError& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "Error: cannot start the log's thread: %s\n", error.what());
  }
  return false;
}

void log_message(LogLevel message_level, std::string_view message) noexcept {
  if (message_level < level.load(std::memory_order_relaxed)) return;
  try {
    if (logs->json) {
      Buffer out;
      begin_json_line(out, message_level, message);
      out.append("}");
      return logs->messages->write(out.view(), true);
    }
    std::string line;
    append_level(line, message_level, logs->message_colors);
    line += message;
    logs->messages->write(line, true);
  } catch (const std::exception&) {
    static_cast<void>(!::write(STDERR_FILENO, "out of memory\n", 14));
  }
}

LogLevel log_level() noexcept { return level.load(std::memory_order_relaxed); }

void set_log_level(LogLevel next) noexcept {
  level.store(next);
  access_enabled = logs && logs->requests && next <= LogLevel::kInfo;
}

void reopen_log_files() noexcept {
  if (!logs) return;
  for (const auto& writer : logs->writers) writer->reopen();
  report_crashes_to(logs->file);
}

void flush_logs() noexcept {
  if (!logs) return;
  for (const auto& writer : logs->writers) writer->flush();
}

std::uint64_t log_lines_dropped() noexcept {
  std::uint64_t sum = 0;
  if (!logs) return sum;
  for (const auto& writer : logs->writers) sum += writer->dropped();
  return sum;
}

bool access_log_enabled() noexcept { return access_enabled.load(std::memory_order_relaxed); }

bool access_log_waits() noexcept {
  return access_log_enabled() && logs->style != AccessStyle::kLine;
}

bool access_log_traces() noexcept {
  return access_log_enabled() && logs->style == AccessStyle::kJson;
}

bool access_log_wants_headers() noexcept {
  return access_log_enabled() && logs->format && !logs->format->response_headers().empty();
}

std::vector<std::string> logged_headers(const Headers& headers) {
  std::vector<std::string> values;
  for (const std::string& name : logs->format->response_headers()) {
    values.emplace_back(headers.get(name).value_or(std::string_view()));
  }
  return values;
}

namespace {

void write_access(const AccessRecord& record) {
  if (logs->style == AccessStyle::kJson) {
    Buffer object;
    append_access_json(object, record);
    return logs->requests->write(object.view(), false);
  }
  thread_local std::string line;  // keeps its memory; each loop of the process has a thread
  line.clear();
  if (logs->style == AccessStyle::kAtoms)
    logs->format->append(line, record);
  else
    append_access_line(line, record, logs->request_colors);
  logs->requests->write(line, false);
}

}  // namespace

void log_access(const AccessRecord& record) noexcept {
  if (!access_log_enabled()) return;
  try {
    write_access(record);
  } catch (const std::bad_alloc&) {  // whoever is answered does not suffer for it
    log_message(LogLevel::kError, "out of memory");
  }
}

}  // namespace capricorn
