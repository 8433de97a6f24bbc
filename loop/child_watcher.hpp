// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>

#include "selector.hpp"

namespace capricorn {

class Loop;

/// Owns a child of this process until it has ended and was waited for, which nobody else may do.
/// Destroyed before that, it kills the child, and a thread waits for it: there are no zombies.
/// Loop's thread only.
class ChildWatcher final : IoWatcher {
 public:
  enum class Method : bool { kBest, kThread };

  /// `on_exit` is called once, as a callback of the loop, and may destroy us. On Linux a pidfd
  /// tells; `kThread`, and where there is none, it is a thread that waits: SIGCHLD stays the
  /// program's.
  ChildWatcher(Loop& loop, pid_t pid, std::function<void()> on_exit, Method method = Method::kBest);
  ChildWatcher(const ChildWatcher&) = delete;
  ~ChildWatcher();

  pid_t pid() const noexcept { return pid_; }
  /// What it gave exit(), or -N where signal N ended it; 255 where somebody else had waited for it.
  std::optional<int> returncode() const noexcept { return returncode_; }
  /// False, and errno, where the system refuses; it has ended (ESRCH), or is another user's.
  bool send(int signal) noexcept;

 private:
  struct Thread;
  void on_io(std::uint8_t events) override;
  void start_thread();
  void reap(int options) noexcept;
  void exited();

  Loop& loop_;
  pid_t pid_;
  std::function<void()> on_exit_;
  std::optional<int> returncode_;
  std::shared_ptr<Thread> thread_;  // shared with it
};

}  // namespace capricorn
