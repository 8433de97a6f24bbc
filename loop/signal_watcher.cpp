// SPDX-License-Identifier: MIT
#include "signal_watcher.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace capricorn {
namespace {

// A signal handler can be told nothing, so where it writes has to be found here.
constinit std::atomic<int> signal_pipe{-1};

void on_signal(int signal) {
  const int saved = errno;
  const auto number = static_cast<unsigned char>(signal);
  static_cast<void>(!::write(signal_pipe.load(std::memory_order_relaxed), &number, 1));
  errno = saved;
}

}  // namespace

struct SignalWatcher::Entry {
  Callback callback;
  struct sigaction before;
};

SignalWatcher::SignalWatcher(Loop& loop) : loop_(loop) {
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  fd_ = ends[0];
  write_end_ = ends[1];
  signal_pipe = write_end_;
  loop_.watch(*this, kReadable);
}

SignalWatcher::~SignalWatcher() {
  while (!entries_.empty()) remove(entries_.begin()->first);
  signal_pipe = -1;
  loop_.unwatch(*this);
  ::close(fd_);
  ::close(write_end_);
}

void SignalWatcher::add(int signal, Callback callback) {
  if (auto found = entries_.find(signal); found != entries_.end()) {
    found->second->callback = std::move(callback);
    return;
  }
  auto entry = std::make_unique<Entry>(Entry{std::move(callback), {}});
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  if (::sigaction(signal, &action, &entry->before) < 0) {
    throw std::system_error(errno, std::generic_category(), "sigaction");
  }
  entries_.emplace(signal, std::move(entry));
}

bool SignalWatcher::remove(int signal) noexcept {
  auto found = entries_.find(signal);
  if (found == entries_.end()) return false;
  static_cast<void>(::sigaction(signal, &found->second->before, nullptr));
  entries_.erase(found);
  return true;
}

void SignalWatcher::on_io(std::uint8_t) {
  unsigned char numbers[64];
  const ssize_t n = ::read(fd_, numbers, sizeof numbers);
  for (ssize_t i = 0; i < n; ++i) {
    loop_.call_soon([this, signal = int{numbers[i]}] {
      if (auto found = entries_.find(signal); found != entries_.end()) found->second->callback();
    });
  }
}

}  // namespace capricorn
