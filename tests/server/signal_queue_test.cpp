// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <capricorn/server/signal_queue.hpp>

#include <csignal>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// In a process of its own: doctest and its threads have the signals of this one.
template <class F>
int wait_status_of(F child) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    child();
    ::_exit(7);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

}  // namespace

TEST_CASE("signals come out of a queue one after the other, and a tick where none came") {
  const int status = wait_status_of([] {
    SignalQueue signals;
    ::raise(SIGHUP);
    if (signals.wait(1min) != SIGHUP) ::_exit(1);
    if (signals.wait(1ms) != SIGALRM) ::_exit(2);
  });
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("a queue knows who has sent a signal, where somebody has") {
  const int status = wait_status_of([] {
    SignalQueue signals;
    ::kill(::getpid(), SIGTERM);
    if (signals.wait(1min) != SIGTERM || signals.sender() != ::getpid()) ::_exit(1);
    if (signals.wait(1ms) != SIGALRM || signals.sender() != 0) ::_exit(2);
  });
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("a signal that nobody waited for does not end the process behind the queue") {
  // 1. The supervisor's last alarm came while it stopped.
  // 2. It was delivered when the queue ended, and did what SIGALRM does by default.
  const int status = wait_status_of([] {
    std::signal(SIGTERM, SIG_DFL);  // doctest's otherwise
    {
      SignalQueue signals;
      for (const int signal : {SIGALRM, SIGTERM, SIGHUP, SIGUSR2}) ::raise(signal);
    }
    // And they have their effect again.
    struct sigaction found{};
    ::sigaction(SIGTERM, nullptr, &found);
    if (found.sa_handler != SIG_DFL) ::_exit(1);
  });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}
