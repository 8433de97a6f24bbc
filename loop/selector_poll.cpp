// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <new>
#include <system_error>

#include "platform.hpp"
#include "selector.hpp"
#include "socket.hpp"

namespace capricorn {
namespace {

#if defined(POLLRDHUP)
constexpr short kPollReadHangup = POLLRDHUP;
#else
constexpr short kPollReadHangup = 0;  // there the end of the stream is only seen by reading
#endif

short to_poll(std::uint8_t events) noexcept {
  int mask = 0;
  if (events & kReadable) mask |= POLLIN | kPollReadHangup;
  if (events & kWritable) mask |= POLLOUT;
  return static_cast<short>(mask);
}

std::uint8_t from_poll(short mask) noexcept {
  std::uint8_t events = 0;
  if (mask & POLLIN) events |= kReadable;
  if (mask & POLLOUT) events |= kWritable;
  if (mask & kPollReadHangup) events |= kReadHangup;
  if (mask & POLLHUP) events |= kHangup;
  if (mask & POLLERR) events |= kError;
  return events;
}

/// poll(2) tells states and no edges. An edge-triggered descriptor is therefore asked about until
/// it is ready, told once, and left alone until its watcher says that it is exhausted; what came
/// meanwhile is a state, and is seen then. Each `select` costs time for every descriptor.
class PollSelector final : public Selector {
 public:
  PollSelector() {
    int ends[2];
    if (open_pipe(ends) < 0) throw std::system_error(errno, std::generic_category(), "pipe");
    woken_ = Socket(ends[0]);
    wake_ = Socket(ends[1]);
    add({.fd = woken_.fd(), .events = POLLIN, .revents = 0}, {});
  }

  void register_(IoWatcher& watcher, std::uint8_t events) override {
    const int fd = watcher.fd();
    if (::fcntl(fd, F_GETFD) < 0) refuse(errno);
    if (place_of(fd) != 0) refuse(EEXIST);
    static_cast<void>(watcher.take_exhausted());
    add({.fd = fd, .events = to_poll(events), .revents = 0}, {&watcher, events, true});
  }
  void modify(IoWatcher& watcher, std::uint8_t events) override {
    const std::size_t place = place_of(watcher.fd());
    if (place == 0) refuse(ENOENT);
    static_cast<void>(watcher.take_exhausted());
    asked_[place] = {.fd = watcher.fd(), .events = to_poll(events), .revents = 0};
    watched_[place] = {&watcher, events, true};
  }
  void unregister(IoWatcher& watcher) noexcept override {
    const std::size_t place = place_of(watcher.fd());
    if (place == 0) return;
    places_[static_cast<std::size_t>(watcher.fd())] = 0;
    if (place != asked_.size() - 1) {
      asked_[place] = asked_.back();
      watched_[place] = watched_.back();
      places_[static_cast<std::size_t>(watched_[place].watcher->fd())] = place;
    }
    asked_.pop_back();
    watched_.pop_back();
  }

  void select(Duration timeout, std::vector<Event>& events) override {
    for (std::size_t i = 1; i < asked_.size(); ++i) arm(asked_[i], watched_[i]);
    int left = wait(timeout);
    if (left < 0 && errno != EINTR) refuse(errno);
    if (left > 0 && asked_[0].revents) {
      char bytes[64];
      static_cast<void>(!::read(woken_.fd(), bytes, sizeof bytes));
      --left;
    }
    make_room(events, std::max(left, 0));
    for (std::size_t i = 1; left > 0 && i < asked_.size(); ++i) {
      if (!asked_[i].revents) continue;
      if (events.size() == events.capacity()) return;  // the next `select` asks again
      --left;
      if (const std::uint8_t came = from_poll(asked_[i].revents)) {
        events.push_back({watched_[i].watcher, came});
      }
      disarm(asked_[i], watched_[i]);
    }
  }

  void wake() noexcept override {
    static_cast<void>(!::write(wake_.fd(), "", 1));  // EAGAIN: wake-ups are pending already
  }
  int wake_descriptor() const noexcept override { return wake_.fd(); }
  const char* name() const noexcept override { return "poll"; }

 private:
  struct Watched {
    IoWatcher* watcher = nullptr;
    std::uint8_t interest = 0;
    bool errors = false;  // whether a hang-up and an error have yet to be told
  };

  [[noreturn]] static void refuse(int error) {
    throw std::system_error(error, std::generic_category(), "poll");
  }
  /// 0, the pipe's, where it is not watched.
  std::size_t place_of(int fd) const noexcept {
    const auto index = static_cast<std::size_t>(fd);
    return index < places_.size() ? places_[index] : 0;
  }
  void add(pollfd asked, Watched watched) {
    const auto index = static_cast<std::size_t>(asked.fd);
    try {  // all of it, or nothing
      if (index >= places_.size()) places_.resize(index + 1);
      if (asked_.size() == asked_.capacity()) asked_.reserve(2 * asked_.size() + 16);
      watched_.reserve(asked_.capacity());
    } catch (const std::bad_alloc&) {
      refuse(ENOMEM);
    }
    asked_.push_back(asked);
    watched_.push_back(watched);
    places_[index] = asked_.size() - 1;
  }

  /// As much as there is memory for: what has been told of is disarmed, and must not get lost.
  static void make_room(std::vector<Event>& events, int more) {
    try {
      events.reserve(events.size() + static_cast<std::size_t>(more));
    } catch (const std::bad_alloc&) {
      if (events.size() == events.capacity()) throw;
    }
  }

  static void arm(pollfd& asked, Watched& watched) noexcept {
    const std::uint8_t exhausted = watched.watcher->take_exhausted();
    if (!(watched.interest & kEdgeTriggered) || !exhausted) return;
    asked.events = static_cast<short>(asked.events | to_poll(watched.interest & exhausted));
    asked.fd = watched.watcher->fd();
    watched.errors = true;
  }
  static void disarm(pollfd& asked, Watched& watched) noexcept {
    if (asked.revents & POLLNVAL) asked.fd = -1;  // closed before it was unregistered
    if (!(watched.interest & kEdgeTriggered)) return;
    asked.events = static_cast<short>(asked.events & ~asked.revents);
    if (asked.revents & (POLLHUP | POLLERR)) watched.errors = false;
    // Those two cannot be masked: the descriptor is passed over.
    if (!watched.errors) asked.fd = -1;
  }

  int wait(Duration timeout) noexcept {
    const auto count = static_cast<nfds_t>(asked_.size());
    if (timeout < Duration::zero()) return ::poll(asked_.data(), count, -1);
#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__)
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const timespec time{.tv_sec = seconds.count(), .tv_nsec = (timeout - seconds).count()};
    return ::ppoll(asked_.data(), count, &time, nullptr);
#else
    const auto up = std::chrono::ceil<std::chrono::milliseconds>(timeout);
    return ::poll(asked_.data(), count, static_cast<int>(up.count()));
#endif
  }

  Socket woken_;  // a pipe's ends
  Socket wake_;
  std::vector<pollfd> asked_;        // the pipe first
  std::vector<Watched> watched_;     // in the same order
  std::vector<std::size_t> places_;  // by descriptor
};

}  // namespace

std::unique_ptr<Selector> make_poll_selector() { return std::make_unique<PollSelector>(); }

}  // namespace capricorn
