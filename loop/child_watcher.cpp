// SPDX-License-Identifier: MIT
#include "child_watcher.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "executor.hpp"
#include "log.hpp"
#include "loop.hpp"
#include "platform.hpp"
#include "signal_block.hpp"

namespace capricorn {

namespace {

/// Nobody wants to know any more: it only must not remain a zombie.
void reap_now(pid_t pid) noexcept {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::thread start_without_signals(auto function) {
  const SignalBlock none;
  return std::thread(std::move(function));
}

/// Not on the loop: even a killed process may take its time.
void wait_elsewhere(pid_t pid) noexcept {
  try {
    start_without_signals([pid] { reap_now(pid); }).detach();
  } catch (const std::exception&) {  // no thread, or no memory for one
    reap_now(pid);
  }
}

}  // namespace

/// Between us and the thread that waits. It comes back to the loop without asking for memory:
/// nobody could be told that there is none.
struct ChildWatcher::Thread final : ExecutorJob {
  explicit Thread(ChildWatcher& owner) : ExecutorJob(owner.loop_), watcher(&owner) {}
  void work() noexcept override {}
  void finished() noexcept override {
    if (watcher) loop().tell_again(*watcher, kReadable);
    drop_reference();
  }
  std::mutex mutex;
  ChildWatcher* watcher;  // null: the thread takes care of the rest
  bool child_ended = false;
};

ChildWatcher::ChildWatcher(Loop& loop, pid_t pid, std::function<void()> on_exit, Method method)
    : loop_(loop), pid_(pid), on_exit_(std::move(on_exit)) {
  fd_ = method == Method::kBest ? open_process(pid) : -1;
  try {
    if (fd_ >= 0)
      loop_.watch(*this, kReadable);
    else
      start_thread();
  } catch (...) {
    if (fd_ >= 0) ::close(fd_);
    ::kill(pid_, SIGKILL);
    wait_elsewhere(pid_);
    throw;
  }
}

ChildWatcher::~ChildWatcher() {
  if (returncode_) return;
  ::kill(pid_, SIGKILL);
  if (fd_ >= 0) {
    loop_.unwatch(*this);
    ::close(fd_);
  }
  if (thread_) {
    std::lock_guard lock(thread_->mutex);
    thread_->watcher = nullptr;
    if (!thread_->child_ended) return;
  }
  reap(WNOHANG);
  if (!returncode_) wait_elsewhere(pid_);
}

void ChildWatcher::start_thread() {
  const std::shared_ptr<Thread> link(new Thread(*this), [](Thread* it) { it->drop_reference(); });
  start_without_signals([link, pid = pid_] {
    siginfo_t info{};
    // Left to be waited for, so that the number is not given to another before the loop knows.
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
    {
      std::lock_guard lock(link->mutex);
      link->child_ended = true;
      if (!link->watcher) return reap_now(pid);
    }
    link->add_reference();
    link->come_back();  // where the loop is gone our destructor waits for the child
  }).detach();
  thread_ = link;
}

void ChildWatcher::on_io(std::uint8_t) { exited(); }

void ChildWatcher::exited() {
  reap(WNOHANG);
  if (!returncode_) return;
  if (fd_ >= 0) {
    loop_.unwatch(*this);
    ::close(std::exchange(fd_, -1));
  }
  std::exchange(on_exit_, nullptr)();
}

void ChildWatcher::reap(int options) noexcept {
  int status = 0;
  pid_t ended = 0;
  do ended = ::waitpid(pid_, &status, options);
  while (ended < 0 && errno == EINTR);
  if (ended == pid_) {
    returncode_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  } else if (ended < 0) {
    returncode_ = 255;
    log(LogLevel::kWarning,
        "Unknown child process pid " + std::to_string(pid_) + ", will report returncode 255");
  }
}

bool ChildWatcher::send(int signal) noexcept {
  if (!returncode_) return ::kill(pid_, signal) == 0;
  errno = ESRCH;
  return false;
}

}  // namespace capricorn
