// SPDX-License-Identifier: MIT
#include "first_process.hpp"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../loop/platform.hpp"

namespace capricorn {
#ifdef __linux__
namespace {

/// What is for the first process by its number is for the one that serves.
void take_over_from_parent(const char* variable) {
  const char* named = std::getenv(variable);
  if (named && std::string_view(named) == "1") {
    ::setenv(variable, std::to_string(::getpid()).c_str(), 1);
  }
}

/// As a shell tells of who was ended by a signal.
int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/// Ends with `server`.
void wait_for_all(pid_t server) {
  int wait_status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &wait_status, WNOHANG)) > 0;) {
    if (pid == server) ::_exit(exit_code_of(wait_status));
  }
}

[[noreturn]] void be_first_process(pid_t server, const sigset_t& signals) {
  name_this_thread("capricorn:init");
  for (;;) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&signals, &info);
    // What the system sends it sends to both: a terminal's Ctrl+C.
    if (signal > 0 && signal != SIGCHLD && info.si_code <= 0) ::kill(server, signal);
    wait_for_all(server);
  }
}

}  // namespace

void leave_orphans_to_a_parent() {
  if (::getpid() != 1) return;
  std::fflush(nullptr);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t server = ::fork();
  if (server > 0) be_first_process(server, all);
  if (server == 0) {
    for (const char* variable : {"LISTEN_PID", "WATCHDOG_PID"}) take_over_from_parent(variable);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}
#else
void leave_orphans_to_a_parent() {}
#endif

}  // namespace capricorn
