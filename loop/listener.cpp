// SPDX-License-Identifier: MIT
#include "listener.hpp"

#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "log.hpp"

namespace capricorn {
namespace {

constexpr std::chrono::seconds kPause{1};

/// "('127.0.0.1', 8000)", as Python writes it.
std::string python_address(const SocketAddress& address) {
  if (address.family() == AF_UNIX) return "'" + address.host() + "'";
  return "('" + address.host() + "', " + std::to_string(address.port()) + ")";
}

[[noreturn]] void refuse(int error, const std::string& address) {
  throw std::system_error(error, std::generic_category(),
                          "error while attempting to bind on address " + address);
}

/// Of what there may be some again in a moment.
bool is_want(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool set_option(int fd, int level, int name, int value = 1) noexcept {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// Mode of the file that a former server left, which is removed; 0666 where there is none.
mode_t remove_stale(const std::string& path, const SocketAddress& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return 0666;
  if (!S_ISSOCK(status.st_mode)) refuse(EADDRINUSE, "'" + path + "' (it is no socket)");
  const Socket probe = open_socket(AF_UNIX, SOCK_STREAM);
  if (!probe) refuse(errno, "'" + path + "'");
  const bool refused =
      ::connect(probe.fd(), address.data(), address.size()) != 0 && errno == ECONNREFUSED;
  if (!refused) refuse(EADDRINUSE, "'" + path + "'");
  if (::unlink(path.c_str()) != 0) refuse(errno, "'" + path + "'");
  return status.st_mode & 0777;
}

}  // namespace

Socket listen_on(const SocketAddress& address, const ListenOptions& options) {
  Socket socket = open_socket(address.family(), SOCK_STREAM);
  const bool ready =
      socket && set_option(socket.fd(), SOL_SOCKET, SO_REUSEADDR) &&
      (!options.reuse_port || set_option(socket.fd(), SOL_SOCKET, SO_REUSEPORT)) &&
      (address.family() != AF_INET6 || set_option(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY)) &&
      ::bind(socket.fd(), address.data(), address.size()) == 0;
  // Before anybody connects.
  if (ready) set_no_delay(socket.fd(), address);
  if (!ready || ::listen(socket.fd(), options.backlog) != 0) {
    refuse(errno, python_address(address));
  }
  return socket;
}

std::vector<Socket> listen_on_each(const std::vector<SocketAddress>& addresses,
                                   const ListenOptions& options) {
  std::vector<Socket> sockets;
  int port = 0;
  for (const SocketAddress& address : addresses) {
    try {
      sockets.push_back(listen_on(port ? address.with_port(port) : address, options));
    } catch (const std::system_error& refused) {
      // A name may have an address that this machine has not (localhost's ::1 in a container).
      if (&address == &addresses.back() && sockets.empty()) throw;
      const int error = refused.code().value();
      if (error != EADDRNOTAVAIL && error != EAFNOSUPPORT) throw;
      continue;
    }
    port = SocketAddress::of_local(sockets.back().fd()).port();
  }
  return sockets;
}

Socket listen_on_path(const std::string& path, const ListenOptions& options) {
  const SocketAddress address = SocketAddress::of_path(path);
  const bool has_file = path[0] != '\0';
  const mode_t found = has_file ? remove_stale(path, address) : 0;
  const mode_t mode = options.path_mode.value_or(found);
  Socket socket = open_socket(AF_UNIX, SOCK_STREAM);
  const bool ready = socket && ::bind(socket.fd(), address.data(), address.size()) == 0 &&
                     (!has_file || ::chmod(path.c_str(), mode) == 0) &&
                     ::listen(socket.fd(), options.backlog) == 0;
  if (!ready) refuse(errno, "'" + address.text() + "'");
  return socket;
}

Listener::Listener(Loop& loop, Socket socket, int backlog, std::string path, OnAccept on_accept)
    : IoWatcher(socket.release()),
      loop_(loop),
      on_accept_(std::move(on_accept)),
      backlog_(std::max(backlog, 1)),
      address_(SocketAddress::of_local(fd_)),
      file_(std::move(path)) {
  limit_unsent(fd_, kMostUnsent);
  set_no_delay(fd_, address_);
}

void Listener::start() {
  if (watched_ || fd_ < 0) return;
  loop_.watch(*this, kReadable);
  watched_ = true;
}

/// One at a time where they come one by one: the accept that finds nobody would be a call more for
/// each. Where some wait in pass after pass, twice as many are taken each time.
void Listener::on_io(std::uint8_t) {
  const std::uint64_t pass = loop_.pass_count();
  batch_ = pass == last_pass_ + 1 ? std::min(2 * batch_, backlog_) : 1;
  last_pass_ = pass;
  for (int i = 0; i < batch_; ++i) {
    Arrival arrival = accept();
    if (!arrival.connection) return cannot_accept(errno);
    on_accept_(std::move(arrival.connection), arrival.peer);
    if (fd_ < 0) return;  // what is accepted may close us
  }
}

/// Whose connection ended in error of its own is passed over, so many times as may wait here: what
/// goes on behind that is no connection's error.
Listener::Arrival Listener::accept() {
  Arrival arrival;
  for (int i = 0; i < backlog_; ++i) {
    arrival.connection = accept_socket(fd_, arrival.peer);
    if (arrival.connection) {
#if !defined(__linux__)  // there it is inherited
      set_no_delay(arrival.connection.fd(), address_);
#endif
      return arrival;
    }
    switch (errno) {
      case EAGAIN:
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
      case EBADF:
      case EINVAL:
      case ENOTSOCK: return arrival;
      default: break;
    }
  }
  return arrival;
}

void Listener::cannot_accept(int error) {
  if (error == EAGAIN) return;
  // Somebody turned new clients away: whoever has it is about to close it.
  if (error == EINVAL) return unwatch();
  pause(error);
}

void Listener::pause(int error) {
  if (!watched_) return;
  unwatch();
  resume_later();
  log(LogLevel::kError, "cannot accept connections for a second: " +
                            std::error_code(error, std::generic_category()).message());
}

/// Whatever else there is no memory for: nobody would be accepted any more.
void Listener::resume_later() noexcept {
  try {
    loop_.schedule_at(resume_, deadline(loop_.time(), kPause));
  } catch (const std::bad_alloc&) {
    loop_.schedule(resume_);  // then with the next pass
  }
}

/// What the system refuses now, for want of memory, it may grant a second later.
void Listener::go_on() {
  try {
    start();
  } catch (const std::system_error& refused) {
    resume_later();
    log(LogLevel::kError, std::string("cannot accept connections yet: ") + refused.what());
  }
}

void Listener::cancel_resume() noexcept {
  if (resume_.scheduled() || resume_.linked()) loop_.cancel_timer(resume_);
}

void Listener::unwatch() {
  if (watched_) loop_.unwatch(*this);
  watched_ = false;
}

/// What is accepted is begun behind the close: until then it only takes time in which others come.
bool Listener::drain_and_close(bool for_good) {
  if (fd_ < 0) return true;
  if (for_good) turn_away(fd_);
  std::vector<Arrival> arrivals;
  Arrival arrival = accept();
  for (; arrival.connection; arrival = accept()) arrivals.push_back(std::move(arrival));
  const bool some_wait = is_want(errno);
  if (some_wait) {
    cancel_resume();
    unwatch();
  } else {
    close();
  }
  for (Arrival& each : arrivals) on_accept_(std::move(each.connection), each.peer);
  return !some_wait;
}

void Listener::close() noexcept {
  if (fd_ < 0) return;
  cancel_resume();
  unwatch();
  file_.remove();
  ::close(std::exchange(fd_, -1));
}

Listener::~Listener() { close(); }

}  // namespace capricorn
