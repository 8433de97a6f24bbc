// SPDX-License-Identifier: MIT
#include "first_process.hpp"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "../loop/platform.hpp"
#include "wait_status.hpp"

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

bool is_alone() {
  siginfo_t info{};
  // It fails where there is no child, of those that were adopted either.
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD) return false;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::strtol(line.c_str() + 8, nullptr, 10) == 1;
  }
  return false;
}
#else
void leave_orphans_to_a_parent() {}
bool is_alone() { return false; }
#endif

}  // namespace capricorn
