// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <csignal>

namespace capricorn {

/// The signals of a process without a loop, one after the other. They are blocked for its life, and
/// so nothing but `wait` is ever interrupted; SIGINT and SIGTERM stay held behind it
/// (stop_signals.hpp). For a process of one thread.
class SignalQueue {
 public:
  SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;
  ~SignalQueue();

  /// SIGALRM after `most`, or what came before.
  int wait(std::chrono::milliseconds most);
  /// In a forked child: signals are delivered again, and do what they do by default.
  void release_in_child() noexcept;

 private:
  sigset_t signals_;
  sigset_t before_;
};

}  // namespace capricorn
