// SPDX-License-Identifier: MIT
#include "stop_signals.hpp"

#include <unistd.h>

#include <initializer_list>

namespace capricorn {
namespace {

sigset_t set_of(std::initializer_list<int> numbers) noexcept {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : numbers) sigaddset(&signals, number);
  return signals;
}

sigset_t server_signals() noexcept { return set_of({SIGHUP, SIGQUIT, SIGUSR1}); }

void hold(const sigset_t& signals) noexcept { ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); }

void release(const sigset_t& signals) noexcept {
  forget_pending(signals);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

sigset_t stop_signals() noexcept { return set_of({SIGINT, SIGTERM}); }

void hold_stop_signals() noexcept { hold(stop_signals()); }

void let_stop_signals_end_the_first_process() noexcept {
  if (::getpid() != 1) return;
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction found{};
    if (::sigaction(signal, nullptr, &found) != 0 || found.sa_handler != SIG_DFL) continue;
    // As a shell tells of who was ended by it.
    std::signal(signal, [](int number) { ::_exit(128 + number); });
  }
}

void hold_server_signals() noexcept { hold(server_signals()); }

void deliver(int signal) noexcept {
  const sigset_t signals = set_of({signal});
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void release_signals() noexcept {
  release(stop_signals());
  release(server_signals());
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
