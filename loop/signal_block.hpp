// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

namespace capricorn {

/// For so long this thread takes no signals; those that it starts meanwhile never do.
class SignalBlock {
 public:
  SignalBlock() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalBlock(const SignalBlock&) = delete;
  ~SignalBlock() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace capricorn
