// SPDX-License-Identifier: MIT
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "selector.hpp"

namespace capricorn {
namespace {

constexpr int kEventsAPoll = 1024;

std::uint32_t to_epoll(std::uint8_t events) noexcept {
  std::uint32_t mask = 0;
  if (events & kReadable) mask |= EPOLLIN | EPOLLRDHUP;
  if (events & kWritable) mask |= EPOLLOUT;
  if (events & kEdgeTriggered) mask |= EPOLLET;
  return mask;
}

std::uint8_t from_epoll(std::uint32_t mask) noexcept {
  std::uint8_t events = 0;
  if (mask & EPOLLIN) events |= kReadable;
  if (mask & EPOLLOUT) events |= kWritable;
  if (mask & EPOLLRDHUP) events |= kReadHangup;
  if (mask & EPOLLHUP) events |= kHangup;
  if (mask & EPOLLERR) events |= kError;
  return events;
}

class EpollSelector final : public Selector {
 public:
  EpollSelector()
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (epoll_ < 0 || wake_ < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_create1 or eventfd");
    }
    // Edge-triggered: each write is told once, and nobody needs to read the count.
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
  ~EpollSelector() override {
    ::close(wake_);
    ::close(epoll_);
  }

  void register_(IoWatcher& watcher, std::uint8_t events) override {
    control(EPOLL_CTL_ADD, watcher, events);
  }
  void modify(IoWatcher& watcher, std::uint8_t events) override {
    control(EPOLL_CTL_MOD, watcher, events);
  }
  void unregister(IoWatcher& watcher) noexcept override {
    // A descriptor that was closed before is gone from epoll already.
    static_cast<void>(::epoll_ctl(epoll_, EPOLL_CTL_DEL, watcher.fd(), nullptr));
  }

  void select(Duration timeout, std::vector<Event>& events) override {
    const int n = wait(timeout);
    if (n < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
    }
    for (int i = 0; i < n; ++i) {
      if (!batch_[i].data.ptr) continue;  // woken, that is all
      events.push_back({static_cast<IoWatcher*>(batch_[i].data.ptr), from_epoll(batch_[i].events)});
    }
  }

  void wake() noexcept override {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_, &one, sizeof one));  // EAGAIN: a wake-up is pending already
  }
  const char* name() const noexcept override { return "epoll"; }

 private:
  void control(int operation, IoWatcher& watcher, std::uint8_t events) const {
    epoll_event event{.events = to_epoll(events), .data = {.ptr = &watcher}};
    if (::epoll_ctl(epoll_, operation, watcher.fd(), &event) < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }

  int wait(Duration timeout) noexcept {
    if (timeout < Duration::zero()) return ::epoll_wait(epoll_, batch_, kEventsAPoll, -1);
    if (timeout == Duration::zero()) return ::epoll_wait(epoll_, batch_, kEventsAPoll, 0);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
    if (has_nanoseconds_) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
      const timespec time{.tv_sec = seconds.count(), .tv_nsec = (timeout - seconds).count()};
      const int n = ::epoll_pwait2(epoll_, batch_, kEventsAPoll, &time, nullptr);
      if (n >= 0 || errno != ENOSYS) return n;
      has_nanoseconds_ = false;
    }
#endif
    const auto up = std::chrono::ceil<std::chrono::milliseconds>(timeout);
    return ::epoll_wait(epoll_, batch_, kEventsAPoll, static_cast<int>(up.count()));
  }

  int epoll_;
  int wake_;
  bool has_nanoseconds_ = true;
  epoll_event batch_[kEventsAPoll];
};

}  // namespace

std::unique_ptr<Selector> make_epoll_selector() { return std::make_unique<EpollSelector>(); }

}  // namespace capricorn
