// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <initializer_list>

namespace capricorn {

/// The signals of a process without a loop, one after the other. They are blocked for its life, and
/// so nothing but `wait` is ever interrupted; those of stop_signals.hpp stay held behind it. For a
/// process of one thread.
class SignalQueue {
 public:
  SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;
  ~SignalQueue();

  /// SIGALRM after `most`, or what came before.
  int wait(std::chrono::milliseconds most);
  /// Which process has sent the last one; 0: the system, or nobody knows.
  pid_t sender() const noexcept { return sender_; }
  /// In a forked child: signals are delivered again, `but` these, and do what they do by default.
  void release_in_child(std::initializer_list<int> but = {}) noexcept;

 private:
  sigset_t signals_;
  sigset_t before_;
  struct sigaction child_before_{};
  pid_t sender_ = 0;
};

}  // namespace capricorn
