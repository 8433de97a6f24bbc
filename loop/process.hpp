// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stream.hpp"
#include "task.hpp"

namespace capricorn {

class ProcessState;

/// Where one of a child's three standard streams leads. By default where ours does.
class Redirection {
 public:
  enum class Kind : unsigned char { kInherit, kDescriptor, kPipe, kStdout, kDevNull };
  constexpr Redirection() noexcept = default;
  /// A descriptor, which stays the caller's.
  constexpr Redirection(int fd) noexcept : kind_(Kind::kDescriptor), fd_(fd) {}  // NOLINT
  constexpr explicit Redirection(Kind kind) noexcept : kind_(kind) {}
  constexpr Kind kind() const noexcept { return kind_; }
  constexpr int fd() const noexcept { return fd_; }

 private:
  Kind kind_ = Kind::kInherit;
  int fd_ = -1;
};

/// To a Stream of the Process.
inline constexpr Redirection PIPE{Redirection::Kind::kPipe};
/// `error` only: to where its output leads.
inline constexpr Redirection STDOUT{Redirection::Kind::kStdout};
inline constexpr Redirection DEVNULL{Redirection::Kind::kDevNull};

struct ProcessOptions {
  Redirection input = {};
  Redirection output = {};
  Redirection error = {};
  std::string cwd = {};                                        // "": ours
  std::optional<std::map<std::string, std::string>> env = {};  // in place of ours
  bool start_new_session = false;                              // setsid()
  std::size_t limit = 65536;                                   // of its streams
};

/// A child process: a move-only handle. Dropped while the child runs, it kills the child; zombies
/// never remain. The child has no other descriptor of ours than its standard streams, and its
/// signals are as by default. Its loop's thread only, and not beyond the loop.
/// https://docs.python.org/3/library/asyncio-subprocess.html
class Process {
 public:
  Process() noexcept = default;
  explicit Process(std::shared_ptr<ProcessState> state) noexcept;
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  int pid() const noexcept;
  /// -N where signal N ended it; nothing while it runs.
  std::optional<int> returncode() const noexcept;
  /// Until it ends; as often as one likes. Cancelled, it leaves the process alone. With pipes, what
  /// nobody reads may keep it from ending: then `communicate`.
  CAPRICORN_CORO_WRAPPER Task<int> wait();
  /// Writes `input` and the end of the stream, reads its output and errors (where they are pipes)
  /// to their ends, and waits for its own. That it does not read its input is no error. All output
  /// is held in memory, without a limit. Cancelled, the child goes on, and another communicate
  /// gives what a pipe has brought that had not ended.
  CAPRICORN_CORO_WRAPPER Task<std::pair<std::string, std::string>> communicate(
      std::string input = {});

  /// Throws std::system_error, no_such_process among them: it has ended.
  void send_signal(int signal);
  void terminate();
  void kill();

  // Where it is a pipe; else each throws RuntimeError.
  Stream& input();
  Stream& output();
  Stream& error();

  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  std::shared_ptr<ProcessState> state_;  // shared with the coroutines that its functions are
};

/// Starts `arguments[0]`, looked for in the PATH that the child gets. Throws std::system_error
/// where that fails, std::invalid_argument without arguments.
Task<Process> create_subprocess_exec(std::vector<std::string> arguments,
                                     ProcessOptions options = {});
/// Starts `/bin/sh -c command`. Quoting is the caller's.
Task<Process> create_subprocess_shell(std::string command, ProcessOptions options = {});

}  // namespace capricorn
