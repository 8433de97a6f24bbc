// SPDX-License-Identifier: MIT
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "selector.hpp"
#include "socket.hpp"

namespace capricorn {
namespace {

constexpr int kEventsAPoll = 1024;
// So long a wait is ended by an alarm. It stays set over the waits that end before it; with a
// timeout the system would read the clock, set a timer and take it back for each of them.
constexpr Duration kAlarmFrom = std::chrono::milliseconds(20);

std::uint32_t to_epoll(std::uint8_t events) noexcept {
  std::uint32_t mask = 0;
  if (events & kReadable) mask |= EPOLLIN | EPOLLRDHUP;
  if (events & kWritable) mask |= EPOLLOUT;
  if (events & kEdgeTriggered) mask |= EPOLLET;
  return mask;
}

timespec to_timespec(Duration time) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
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
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    if (!epoll_ || !wake_) {
      throw std::system_error(errno, std::generic_category(), "epoll_create1 or eventfd");
    }
    add_own(wake_, nullptr);
    if (alarm_) add_own(alarm_, &alarm_);
  }

  void register_(IoWatcher& watcher, std::uint8_t events) override {
    control(EPOLL_CTL_ADD, watcher, events);
  }
  void modify(IoWatcher& watcher, std::uint8_t events) override {
    control(EPOLL_CTL_MOD, watcher, events);
  }
  void unregister(IoWatcher& watcher) noexcept override {
    // A descriptor that was closed before is gone from epoll already.
    static_cast<void>(::epoll_ctl(epoll_.fd(), EPOLL_CTL_DEL, watcher.fd(), nullptr));
  }

  void select_or_sooner(TimePoint now, Duration timeout, std::vector<Event>& events) override {
    const bool alarmed = timeout >= kAlarmFrom && set_alarm(now, timeout);
    select(alarmed ? Duration(-1) : timeout, events);
  }
  void select(Duration timeout, std::vector<Event>& events) override {
    const int n = wait(timeout);
    if (n < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
    }
    for (int i = 0; i < n; ++i) {
      if (!batch_[i].data.ptr) continue;  // woken, that is all
      if (batch_[i].data.ptr == &alarm_) {
        alarm_at_ = TimePoint::min();
        continue;
      }
      events.push_back({static_cast<IoWatcher*>(batch_[i].data.ptr), from_epoll(batch_[i].events)});
    }
  }

  void wake() noexcept override {
    const std::uint64_t one = 1;
    static_cast<void>(
        !::write(wake_.fd(), &one, sizeof one));  // EAGAIN: a wake-up is pending already
  }
  int wake_descriptor() const noexcept override { return wake_.fd(); }
  const char* name() const noexcept override { return "epoll"; }

 private:
  /// Edge-triggered: each write or alarm is told once, and nobody needs to read the count.
  void add_own(const Socket& own, void* told) const {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = told}};
    if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, own.fd(), &event) < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }

  void control(int operation, IoWatcher& watcher, std::uint8_t events) const {
    epoll_event event{.events = to_epoll(events), .data = {.ptr = &watcher}};
    if (::epoll_ctl(epoll_.fd(), operation, watcher.fd(), &event) < 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }

  /// One that comes sooner than asked for costs a pass. False where the system has none.
  bool set_alarm(TimePoint now, Duration timeout) noexcept {
    const TimePoint deadline = now + timeout;
    if (now < alarm_at_ && alarm_at_ <= deadline) return true;
    const itimerspec time{.it_interval = {}, .it_value = to_timespec(timeout)};
    if (!alarm_ || ::timerfd_settime(alarm_.fd(), 0, &time, nullptr) < 0) return false;
    alarm_at_ = deadline;
    return true;
  }

  int wait(Duration timeout) noexcept {
    if (timeout < Duration::zero()) return ::epoll_wait(epoll_.fd(), batch_, kEventsAPoll, -1);
    if (timeout == Duration::zero()) return ::epoll_wait(epoll_.fd(), batch_, kEventsAPoll, 0);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
    if (has_nanoseconds_) {
      const timespec time = to_timespec(timeout);
      const int n = ::epoll_pwait2(epoll_.fd(), batch_, kEventsAPoll, &time, nullptr);
      if (n >= 0 || errno != ENOSYS) return n;
      has_nanoseconds_ = false;
    }
#endif
    const auto up = std::chrono::ceil<std::chrono::milliseconds>(timeout);
    return ::epoll_wait(epoll_.fd(), batch_, kEventsAPoll, static_cast<int>(up.count()));
  }

  Socket epoll_;
  Socket wake_;
  Socket alarm_;                           // none where the system gives none
  TimePoint alarm_at_ = TimePoint::min();  // by the loop's time; `min`: not set
  bool has_nanoseconds_ = true;
  epoll_event batch_[kEventsAPoll];
};

}  // namespace

std::unique_ptr<Selector> make_epoll_selector() { return std::make_unique<EpollSelector>(); }

}  // namespace capricorn
