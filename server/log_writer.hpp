// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../loop/runnable.hpp"

namespace capricorn {

/// A log file cannot be opened; what() is the sentence to print.
struct LogFileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Writes lines to one place and never keeps who logs waiting: a thread of its own takes what was
/// gathered, at once where little was written of late, else ten times a second. Where the place
/// takes nothing (a full disk, a pipe that nobody reads or that is closed) lines beyond 4 MiB, and
/// those that fail, are dropped, counted, and told in the log once it goes on. Any thread.
class LogWriter {
 public:
  /// Whether a thread writes. A process that forks has none: it writes at once. What a pipe or a
  /// terminal does not take then is lost; only a disk can make it wait.
  enum class Mode : bool { kThread, kDirect };
  /// What is written where lines were lost, without an end of line.
  using Notice = std::string (*)(std::uint64_t lines);

  /// To a descriptor that stays the caller's.
  LogWriter(int fd, Mode mode, Notice notice);
  /// Appends to a file, made where there is none. Throws LogFileError.
  LogWriter(const std::string& path, Mode mode, Notice notice);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  /// Waits a second at most for what is left.
  ~LogWriter();

  /// A line without its end. `at_once`: it shall not wait for others.
  void write(std::string_view line, bool at_once) noexcept;
  /// Until all is written that there is, a second at most.
  void flush() noexcept;
  /// Opens the file anew, for who has renamed it; where that fails it says so and
  /// goes on with the old one.
  void reopen() noexcept;
  std::uint64_t dropped() const noexcept;
  /// Whether both end in the same file, pipe or terminal.
  bool same_place(int fd) const noexcept;
  bool same_place(const std::string& path) const noexcept;

 private:
  struct State;
  void start(Mode mode);

  std::shared_ptr<State> state_;  // the thread's too, which may be stuck in a system call
};

}  // namespace capricorn
