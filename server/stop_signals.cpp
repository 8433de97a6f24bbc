// SPDX-License-Identifier: MIT
#include "stop_signals.hpp"

namespace capricorn {
namespace {

sigset_t stop_signals() noexcept {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

void hold_stop_signals() noexcept {
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void release_stop_signals() noexcept {
  const sigset_t signals = stop_signals();
  forget_pending(signals);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void forget_pending(const sigset_t& signals) noexcept {
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&signals, signal) != 1) continue;
    // To be ignored, even for a moment, ends its waiting (POSIX, "Signal Actions").
    struct sigaction ignore{};
    struct sigaction before{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(signal, &ignore, &before);
    ::sigaction(signal, &before, nullptr);
  }
}

}  // namespace capricorn
