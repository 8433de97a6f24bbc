// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <capricorn/server/stop_signals.hpp>

#include <csignal>

using namespace capricorn;

TEST_CASE("stop signals are held, then forgotten, then have their effect again") {
  const pid_t pid = ::fork();  // doctest has the signals of this process
  REQUIRE(pid >= 0);
  if (pid == 0) {
    std::signal(SIGTERM, SIG_DFL);
    hold_stop_signals();
    ::raise(SIGTERM);
    ::raise(SIGINT);
    release_stop_signals();
    ::raise(SIGTERM);
    ::_exit(7);
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}
