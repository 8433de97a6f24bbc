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
}

SignalQueue::~SignalQueue() {
  set_alarm({});
  // One that came and was not waited for must not end the process now.
  forget_pending(signals_);
  sigset_t after = before_;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1}) sigaddset(&after, signal);
  ::sigprocmask(SIG_SETMASK, &after, nullptr);
}

int SignalQueue::wait(std::chrono::milliseconds most) {
  set_alarm(most);
  int signal = SIGALRM;
  ::sigwait(&signals_, &signal);
  return signal;
}

void SignalQueue::release_in_child(std::initializer_list<int> but) noexcept {
  // A child has no timers of its parent's.
  sigset_t after = before_;
  for (const int signal : but) sigaddset(&after, signal);
  ::sigprocmask(SIG_SETMASK, &after, nullptr);
}

}  // namespace capricorn
