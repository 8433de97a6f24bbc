// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <mutex>

#include "socket.hpp"

namespace capricorn {

/// A copy of this process, made while that has no other thread, which does nothing but fork: its
/// children begin with one thread and no lock that nobody would ever release. They hold no
/// descriptor of ours but 0, 1 and 2, ignore Ctrl+C, and are killed when this process ends. Any
/// thread.
class Zygote {
 public:
  /// Throws RuntimeError where this process has threads (Linux knows), std::system_error where the
  /// system refuses. `work` runs in each child, with one end of a socket; then the child ends.
  explicit Zygote(std::function<void(int socket)> work);
  Zygote(const Zygote&) = delete;
  /// The children are to end by themselves; after a second they are killed.
  ~Zygote();

  struct Child {
    pid_t pid;
    Socket socket;  // blocks
  };
  /// Throws std::system_error, and RuntimeError where the zygote has ended.
  Child spawn();
  /// Ends the child, if it has not ended, and gives its status as waitpid does.
  int reap(pid_t pid);

 private:
  struct Request;
  struct Answer;
  Answer ask(const Request& request, int descriptor);

  std::mutex mutex_;
  Socket control_;
  pid_t pid_ = -1;
};

}  // namespace capricorn
