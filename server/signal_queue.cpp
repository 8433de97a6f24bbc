// SPDX-License-Identifier: MIT
#include "signal_queue.hpp"

#include <sys/time.h>

#include "stop_signals.hpp"

namespace capricorn {
namespace {

constexpr int kSignals[] = {SIGALRM, SIGCHLD, SIGHUP,  SIGINT,  SIGQUIT,
                            SIGTERM, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2};

void set_alarm(std::chrono::milliseconds time) noexcept {
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<decltype(timer.it_value.tv_sec)>(time.count() / 1000);
  timer.it_value.tv_usec =
      static_cast<decltype(timer.it_value.tv_usec)>(time.count() % 1000 * 1000);
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

SignalQueue::SignalQueue() {
  sigemptyset(&signals_);
  for (const int signal : kSignals) sigaddset(&signals_, signal);
  // What is ignored is never pending: nohup's SIGHUP stays so.
  ::sigprocmask(SIG_BLOCK, &signals_, &before_);
  // Whoever started us may have SIGCHLD ignored, which is inherited: then the system would forget
  // children that end, and nobody could wait for them.
  ::sigaction(SIGCHLD, nullptr, &child_before_);
  const bool forgets =
      child_before_.sa_handler == SIG_IGN || (child_before_.sa_flags & SA_NOCLDWAIT) != 0;
  if (forgets) std::signal(SIGCHLD, SIG_DFL);
}

SignalQueue::~SignalQueue() {
  ::sigaction(SIGCHLD, &child_before_, nullptr);
  set_alarm({});
  // One that came and was not waited for must not end the process now.
  forget_pending(signals_);
  sigset_t after = before_;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1}) sigaddset(&after, signal);
  ::sigprocmask(SIG_SETMASK, &after, nullptr);
}

int SignalQueue::wait(std::chrono::milliseconds most) {
  set_alarm(most);
  sender_ = 0;
#if defined(__APPLE__) || defined(__OpenBSD__)
  int signal = SIGALRM;
  ::sigwait(&signals_, &signal);
#else
  siginfo_t info{};
  const int signal = ::sigwaitinfo(&signals_, &info);
  if (signal < 0) return SIGALRM;                // interrupted by one that is not ours
  if (info.si_code <= 0) sender_ = info.si_pid;  // of kill, and of no event of the system
#endif
  return signal;
}

void SignalQueue::release_in_child(std::initializer_list<int> but) noexcept {
  // A child has no timers of its parent's.
  sigset_t after = before_;
  for (const int signal : but) sigaddset(&after, signal);
  ::sigprocmask(SIG_SETMASK, &after, nullptr);
}

}  // namespace capricorn
