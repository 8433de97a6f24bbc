// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "runnable.hpp"

namespace capricorn {

/// What happened to a descriptor, or is to be watched. kHangup and kError always come.
enum IoEvents : std::uint8_t {
  kReadable = 1,
  kWritable = 2,
  kReadHangup = 4,  // the peer sent FIN
  kHangup = 8,
  kError = 16,
  kEdgeTriggered = 32,
};

/// A watched descriptor; lies in its owner's memory. Events gather in `events_` until the loop runs
/// it as a callback of the same pass.
class IoWatcher : public Runnable {
 public:
  explicit IoWatcher(int fd = -1) noexcept : fd_(fd) {}
  int fd() const noexcept { return fd_; }
  /// For a selector that knows no edges: what `exhausted` was told since it was last asked.
  std::uint8_t take_exhausted() noexcept { return std::exchange(exhausted_, std::uint8_t{0}); }
  std::string description() const override {
    return "<callback of descriptor " + std::to_string(fd_) + ">";
  }

 protected:
  ~IoWatcher() = default;
  virtual void on_io(std::uint8_t events) = 0;
  /// An edge-triggered watcher read everything (kReadable), or found no room to write (kWritable):
  /// it is to be told when that changes.
  void exhausted(std::uint8_t events) noexcept { exhausted_ |= events; }
  int fd_;

 private:
  friend class Loop;
  void run() final;
  std::uint8_t events_ = 0;
  std::uint8_t exhausted_ = 0;
  bool watched_ = false;
};

/// The operating system's readiness interface; names as in Python's selectors. Throws
/// std::system_error where the system refuses.
class Selector {
 public:
  struct Event {
    IoWatcher* watcher;
    std::uint8_t events;
  };

  virtual ~Selector() = default;
  virtual void register_(IoWatcher& watcher, std::uint8_t events) = 0;
  virtual void modify(IoWatcher& watcher, std::uint8_t events) = 0;
  virtual void unregister(IoWatcher& watcher) noexcept = 0;
  /// Waits at most `timeout` (negative: without end) and appends what happened.
  virtual void select(Duration timeout, std::vector<Event>& events) = 0;
  /// As `select`, but it may return early; for callers that look at their timers after every
  /// return. `now` is the time from which a timeout above zero counts.
  virtual void select_or_sooner(TimePoint /*now*/, Duration timeout, std::vector<Event>& events) {
    select(timeout, events);
  }
  /// Ends the `select` under way, from any thread or a signal handler.
  virtual void wake() noexcept = 0;
  /// What `wake` writes to.
  virtual int wake_descriptor() const noexcept = 0;
  virtual const char* name() const noexcept = 0;
};

/// "epoll" on Linux, "kqueue" on BSD and macOS (on Linux where the build was given a libkqueue),
/// "poll" everywhere: for systems that have neither, and with few descriptors. "auto" is the
/// system's own, and poll where that is missing. Throws std::invalid_argument for another.
std::unique_ptr<Selector> make_selector(std::string_view name);
/// What the environment's CAPRICORN_SELECTOR names, else "auto".
std::unique_ptr<Selector> make_default_selector();

// One of the first two is there, as the system has it.
std::unique_ptr<Selector> make_epoll_selector();
std::unique_ptr<Selector> make_kqueue_selector();
std::unique_ptr<Selector> make_poll_selector();

}  // namespace capricorn
