// SPDX-License-Identifier: MIT
#include "logging.hpp"

#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <mutex>

#include "../http/status.hpp"
#include "../loop/log.hpp"

namespace capricorn {
namespace {

struct LevelStyle {
  std::string_view name;
  std::string_view color;
  spdlog::level::level_enum level;
};
// In the order of LogLevel.
constexpr std::array<LevelStyle, 6> kLevels{{
    {"TRACE", "\x1b[34m", spdlog::level::trace},
    {"DEBUG", "\x1b[36m", spdlog::level::debug},
    {"INFO", "\x1b[32m", spdlog::level::info},
    {"WARNING", "\x1b[33m", spdlog::level::warn},
    {"ERROR", "\x1b[31m", spdlog::level::err},
    {"CRITICAL", "\x1b[91m", spdlog::level::critical},
}};
constexpr std::string_view kReset = "\x1b[0m";
constexpr const char* kErrorLogger = "capricorn.error";
constexpr const char* kAccessLogger = "capricorn.access";

/// Lines are gathered and leave in one write: when little was logged of late, when there are many,
/// and by spdlog's flusher.
class GatheringSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit GatheringSink(int fd) : fd_(fd), terminal_(::isatty(fd) == 1) {}
  ~GatheringSink() override { write_out(); }

 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    buffer_.append(msg.payload.data(), msg.payload.size());
    buffer_ += '\n';
    if (!terminal_ && buffer_.size() < kEnough && msg.time - written_ < kPause) return;
    written_ = msg.time;
    write_out();
  }
  void flush_() override { write_out(); }

 private:
  void write_out() noexcept {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t n = ::write(fd_, rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;  // nobody reads the log: it is dropped
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
    buffer_.clear();
  }

  static constexpr std::size_t kEnough = 32768;
  static constexpr std::chrono::milliseconds kPause{100};
  std::string buffer_;
  spdlog::log_clock::time_point written_{};
  int fd_;
  bool terminal_;
};

// What spdlog's registry owns, found without its lock.
constinit spdlog::logger* error_logger = nullptr;
constinit spdlog::logger* access_logger = nullptr;
constinit bool access_enabled = false;
constinit bool error_colors = false;
constinit bool access_colors = false;

void append_prefix(std::string& out, const LevelStyle& style, bool colors) {
  if (colors) out += style.color;
  out += style.name;
  if (colors) out += kReset;
  out += ':';
  out.append(9 - style.name.size(), ' ');
}

void write_message(LogLevel level, std::string_view message) noexcept {
  const LevelStyle& style = kLevels[static_cast<std::size_t>(level)];
  if (!error_logger->should_log(style.level)) return;
  try {
    std::string line;
    append_prefix(line, style, error_colors);
    line += message;
    error_logger->log(style.level, spdlog::string_view_t(line.data(), line.size()));
  } catch (const std::exception&) {
    static_cast<void>(!::write(STDERR_FILENO, "out of memory\n", 14));
  }
}

spdlog::level::level_enum level_named(std::string_view name) {
  for (const LevelStyle& style : kLevels) {
    if (std::equal(name.begin(), name.end(), style.name.begin(), style.name.end(),
                   [](char a, char b) { return a == b || a == b - 'A' + 'a'; })) {
      return style.level;
    }
  }
  return spdlog::level::info;
}

/// spdlog's flusher is a thread; signals are for the loop's.
void start_flusher() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  spdlog::flush_every(std::chrono::seconds(1));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::string_view status_color(int status) {
  switch (status / 100) {
    case 1: return "\x1b[97m";
    case 2: return "\x1b[32m";
    case 3: return "\x1b[33m";
    case 4: return "\x1b[31m";
    case 5: return "\x1b[91m";
    default: return "";
  }
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      out += c;
      continue;
    }
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

void append_number(std::string& out, int number) {
  char digits[12];
  const auto result = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, result.ptr);
}

}  // namespace

void configure_logging(const Config& config) {
  set_log_sink(nullptr);
  access_enabled = false;
  spdlog::drop(kErrorLogger);
  spdlog::drop(kAccessLogger);

  const auto make = [&](const char* name, spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>(name, std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(level_named(config.log_level));
    spdlog::register_logger(logger);
    return logger.get();
  };
  error_logger = make(kErrorLogger, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  access_logger = make(kAccessLogger, std::make_shared<GatheringSink>(STDOUT_FILENO));
  error_colors = config.use_colors.value_or(::isatty(STDERR_FILENO) == 1);
  access_colors = config.use_colors.value_or(::isatty(STDOUT_FILENO) == 1);
  access_enabled = config.access_log && access_logger->should_log(spdlog::level::info);
  if (access_enabled) start_flusher();
  set_log_sink(&write_message);
}

bool access_log_enabled() noexcept { return access_enabled; }

void log_access(const AccessRecord& record) {
  if (!access_enabled) return;
  thread_local std::string line;
  line.clear();
  append_access_line(line, record, access_colors);
  access_logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void flush_access_log() {
  if (access_logger) access_logger->flush();
}

namespace {

void append_status(std::string& out, const AccessRecord& record, bool colors) {
  if (record.websocket && record.status == 101) {
    out += "[accepted]";
    return;
  }
  if (colors) out += status_color(record.status);
  append_number(out, record.status);
  if (const std::string_view phrase = reason_phrase(record.status); !phrase.empty()) {
    out += ' ';
    out += phrase;
  }
  if (colors) out += kReset;
}

}  // namespace

void append_access_line(std::string& out, const AccessRecord& record, bool colors) {
  append_prefix(out, kLevels[static_cast<std::size_t>(LogLevel::kInfo)], colors);
  if (!record.client_host.empty()) {
    append_escaped(out, record.client_host);
    out += ':';
    append_number(out, record.client_port);
  }
  out += " - \"";
  if (colors) out += "\x1b[1m";
  append_escaped(out, record.websocket ? "WebSocket" : record.method);
  out += ' ';
  append_escaped(out, record.target);
  if (!record.websocket) {
    out += " HTTP/1.";
    append_number(out, record.http_minor);
  }
  if (colors) out += kReset;
  out += "\" ";
  append_status(out, record, colors);
  if (record.request_id.empty()) return;
  out += " [";
  append_escaped(out, record.request_id);
  out += ']';
}

}  // namespace capricorn
