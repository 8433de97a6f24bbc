// SPDX-License-Identifier: MIT
#include <sys/types.h>  // older <sys/event.h> need it before

#include <fcntl.h>
#include <poll.h>
#include <sys/event.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "platform.hpp"
#include "selector.hpp"
#include "socket.hpp"

namespace capricorn {
namespace {

constexpr int kEventsAPoll = 1024;

/// EV_EOF on the read filter is a FIN: the peer may still read, so this is no hang-up. On the write
/// filter nothing can be sent any more: the peer reset the connection or (on a Unix socket) closed
/// it, or we called shutdown() ourselves. The two filters are two events, which the loop joins.
std::uint8_t from_kevent(const struct kevent& event) noexcept {
  const bool reading = event.filter == EVFILT_READ;
  std::uint8_t events = reading ? kReadable : kWritable;
  if (event.flags & EV_EOF) {
    events |= reading ? kReadHangup : kHangup;
    if (event.fflags != 0) events |= kError;  // there it is the socket's errno
  }
  return events;
}

#if defined(CAPRICORN_HAS_LIBKQUEUE)
/// libkqueue does not tell of a FIN behind unread data where a descriptor has both filters, and
/// there is no second edge.
bool fin_behind_data(const struct kevent& event) noexcept {
  pollfd looked{static_cast<int>(event.ident), POLLRDHUP, 0};
  return event.filter == EVFILT_READ && ::poll(&looked, 1, 0) == 1 &&
         (looked.revents & POLLRDHUP) != 0;
}
#else
constexpr bool fin_behind_data(const struct kevent&) noexcept { return false; }
#endif

/// A descriptor has up to two filters, read and write; each reports its own way's end and the
/// error.
class KqueueSelector final : public Selector {
 public:
  KqueueSelector() : kqueue_(::kqueue()) {
    int ends[2];
    if (!kqueue_ || ::fcntl(kqueue_.fd(), F_SETFD, FD_CLOEXEC) < 0 || open_pipe(ends) < 0) {
      throw std::system_error(errno, std::generic_category(), "kqueue or pipe");
    }
    woken_ = Socket(ends[0]);
    wake_ = Socket(ends[1]);
    struct kevent change;
    EV_SET(&change, woken_.fd(), EVFILT_READ, EV_ADD, 0, 0, nullptr);
    if (::kevent(kqueue_.fd(), &change, 1, nullptr, 0, nullptr) < 0) {
      throw std::system_error(errno, std::generic_category(), "kevent");
    }
  }

  void register_(IoWatcher& watcher, std::uint8_t events) override {
    const int flags = events & kEdgeTriggered ? EV_ADD | EV_CLEAR : EV_ADD;
    const int error = control(watcher, flags, events);
    if (error == 0) return;
    unregister(watcher);  // the one filter that was taken
    throw std::system_error(error, std::generic_category(), "kevent");
  }
  void modify(IoWatcher& watcher, std::uint8_t events) override {
    // EV_ADD alone would neither remove a filter nor change EV_CLEAR of one that is there.
    unregister(watcher);
    register_(watcher, events);
  }
  void unregister(IoWatcher& watcher) noexcept override {
    // A filter that was never added, or left with its closed descriptor, is gone already.
    static_cast<void>(control(watcher, EV_DELETE, kReadable | kWritable));
  }

  void select(Duration timeout, std::vector<Event>& events) override {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const timespec time{.tv_sec = seconds.count(), .tv_nsec = (timeout - seconds).count()};
    const bool endless = timeout < Duration::zero();
    const int n =
        ::kevent(kqueue_.fd(), nullptr, 0, batch_, kEventsAPoll, endless ? nullptr : &time);
    if (n < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "kevent");
    }
    for (int i = 0; i < n; ++i) {
      if (batch_[i].udata) {
        std::uint8_t what = from_kevent(batch_[i]);
        if (fin_behind_data(batch_[i])) what |= kReadHangup;
        events.push_back({static_cast<IoWatcher*>(batch_[i].udata), what});
      } else {
        char bytes[64];
        static_cast<void>(!::read(woken_.fd(), bytes, sizeof bytes));
      }
    }
  }

  void wake() noexcept override {
    // EVFILT_USER would spare the pipe, but POSIX lets a signal handler call write() and nobody
    // lets it call kevent(); older NetBSD and OpenBSD lack that filter, too.
    static_cast<void>(!::write(wake_.fd(), "", 1));  // EAGAIN: wake-ups are pending already
  }
  int wake_descriptor() const noexcept override { return wake_.fd(); }
  const char* name() const noexcept override { return "kqueue"; }

 private:
  /// Applies `flags` to the filters of `events`, to each whatever becomes of the other. Returns the
  /// first error, or 0.
  int control(IoWatcher& watcher, int flags, std::uint8_t events) const noexcept {
    struct kevent changes[2];
    int n = 0;
    // With EV_RECEIPT each change is answered in its place, and no event takes that place.
    flags |= EV_RECEIPT;
    if (events & kReadable) {
      EV_SET(&changes[n], watcher.fd(), EVFILT_READ, flags, 0, 0, &watcher);
      ++n;
    }
    if (events & kWritable) {
      EV_SET(&changes[n], watcher.fd(), EVFILT_WRITE, flags, 0, 0, &watcher);
      ++n;
    }
    const int answers = ::kevent(kqueue_.fd(), changes, n, changes, n, nullptr);
    if (answers < 0) return errno;
    for (int i = 0; i < answers; ++i) {
      if (changes[i].data != 0) return static_cast<int>(changes[i].data);
    }
    return 0;
  }

  Socket kqueue_;
  Socket woken_;  // a pipe's ends
  Socket wake_;
  struct kevent batch_[kEventsAPoll];
};

}  // namespace

std::unique_ptr<Selector> make_kqueue_selector() { return std::make_unique<KqueueSelector>(); }

}  // namespace capricorn
