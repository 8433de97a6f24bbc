// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <capricorn/server/stop_signals.hpp>

#include <csignal>
#include <initializer_list>

using namespace capricorn;

TEST_CASE("signals are held, then forgotten, then have their effect again") {
  const pid_t pid = ::fork();  // doctest has the signals of this process
  REQUIRE(pid >= 0);
  if (pid == 0) {
    std::signal(SIGTERM, SIG_DFL);
    hold_stop_signals();
    hold_server_signals();
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1}) ::raise(signal);
    release_signals();
    ::raise(SIGTERM);
    ::_exit(7);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("a signal that came before its handler is for its handler") {
  // Not in a child: ThreadSanitizer calls no handlers in one of a process that has threads.
  static volatile std::sig_atomic_t came;
  came = 0;
  sigset_t before;
  REQUIRE(::pthread_sigmask(SIG_SETMASK, nullptr, &before) == 0);
  hold_server_signals();
  ::raise(SIGUSR1);
  const auto handler_before = std::signal(SIGUSR1, [](int) { came = 1; });
  CHECK(came == 0);
  deliver(SIGUSR1);
  CHECK(came == 1);
  std::signal(SIGUSR1, handler_before);
  CHECK(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}
