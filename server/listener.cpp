// SPDX-License-Identifier: MIT
#include "listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "../loop/log.hpp"

namespace capricorn {
namespace {

constexpr std::chrono::seconds kPause{1};

/// A descriptor until it is released.
class Fd {
 public:
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string error_number(int error) { return "[Errno " + std::to_string(error) + "] "; }

std::string error_text(int error) {
  std::string text = std::strerror(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

[[noreturn]] void refuse(int error, const std::string& address) {
  throw BindError(error_number(error) + "error while attempting to bind on address " + address +
                      ": " + error_text(error),
                  error);
}

bool set_flags(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/// As accept, for a connection that is non-blocking and closed on exec.
int accept_connection(int fd, sockaddr_storage& peer) noexcept {
  socklen_t size = sizeof peer;
#if defined(__APPLE__)
  const int accepted = ::accept(fd, reinterpret_cast<sockaddr*>(&peer), &size);
  if (accepted >= 0 && !set_flags(accepted)) {
    ::close(accepted);
    errno = ECONNABORTED;
    return -1;
  }
  return accepted;
#else
  return ::accept4(fd, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#endif
}

int port_of(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return 0;
}

std::string host_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* bytes =
      address.ss_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  if (!::inet_ntop(address.ss_family, bytes, text, sizeof text)) return "?";
  return address.ss_family == AF_INET6 ? "[" + std::string(text) + "]" : std::string(text);
}

/// "('127.0.0.1', 8000)", as Python writes it.
std::string python_address(const std::string& host, int port) {
  return "('" + host + "', " + std::to_string(port) + ")";
}

Fd bind_tcp(const addrinfo& info, const Config& config, int port) {
  const std::string address = python_address(config.host, port);
  Fd fd(::socket(info.ai_family, SOCK_STREAM, 0));
  if (fd.get() < 0 || !set_flags(fd.get())) refuse(errno, address);
  const int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) refuse(errno, address);
  sockaddr_storage name{};
  std::memcpy(&name, info.ai_addr, info.ai_addrlen);
  if (info.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(name).sin6_port = htons(static_cast<std::uint16_t>(port));
    if (::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
      refuse(errno, address);
    }
  } else {
    reinterpret_cast<sockaddr_in&>(name).sin_port = htons(static_cast<std::uint16_t>(port));
  }
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), info.ai_addrlen) != 0 ||
      ::listen(fd.get(), config.backlog) != 0) {
    refuse(errno, address);
  }
  return fd;
}

/// Mode of the file that a former server left, which is removed; 0666 where there is none.
mode_t remove_stale(const std::string& path, const sockaddr_un& name) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return 0666;
  if (!S_ISSOCK(status.st_mode)) refuse(EADDRINUSE, "'" + path + "' (it is no socket)");
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (probe.get() < 0) refuse(errno, "'" + path + "'");
  const bool refused =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 &&
      errno == ECONNREFUSED;
  if (!refused) refuse(EADDRINUSE, "'" + path + "'");
  if (::unlink(path.c_str()) != 0) refuse(errno, "'" + path + "'");
  return status.st_mode & 0777;
}

Fd bind_unix(const Config& config) {
  const std::string address = "'" + config.uds + "'";
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (config.uds.size() >= sizeof name.sun_path) refuse(ENAMETOOLONG, address);
  std::memcpy(name.sun_path, config.uds.data(), config.uds.size());
  const mode_t mode = remove_stale(config.uds, name);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (fd.get() < 0 || !set_flags(fd.get()) ||
      ::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 ||
      ::chmod(config.uds.c_str(), mode) != 0 || ::listen(fd.get(), config.backlog) != 0) {
    refuse(errno, address);
  }
  return fd;
}

Fd take_inherited(const Config& config) {
  const std::string address = "file descriptor " + std::to_string(config.fd);
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(config.fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) refuse(errno, address);
  if (type != SOCK_STREAM) refuse(EPROTOTYPE, address);
  Fd fd(config.fd);
  if (!set_flags(fd.get()) || ::listen(fd.get(), config.backlog) != 0) refuse(errno, address);
  return fd;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

std::unique_ptr<addrinfo, FreeAddresses> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), "0", &hints, &list);
  if (error != 0) {
    throw BindError(
        error_number(error) + "cannot resolve host '" + host + "': " + ::gai_strerror(error), 0);
  }
  return std::unique_ptr<addrinfo, FreeAddresses>(list);
}

}  // namespace

std::vector<std::unique_ptr<Listener>> open_listeners(Loop& loop, const Config& config,
                                                      const Listener::OnAccept& on_accept) {
  std::vector<std::unique_ptr<Listener>> listeners;
  const auto add = [&](Fd fd, const std::string& path) {
    listeners.push_back(
        std::make_unique<Listener>(loop, fd.release(), config.backlog, path, on_accept));
  };
  if (config.fd >= 0) {
    add(take_inherited(config), "");
  } else if (!config.uds.empty()) {
    add(bind_unix(config), config.uds);
  } else {
    const auto addresses = resolve(config.host);
    int port = config.port;
    for (const addrinfo* info = addresses.get(); info; info = info->ai_next) {
      if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
      try {
        add(bind_tcp(*info, config, port), "");
      } catch (const BindError& refused) {
        // A name may have an address that this machine has not (localhost's ::1 in a container).
        if (!info->ai_next && listeners.empty()) throw;
        if (refused.error != EADDRNOTAVAIL && refused.error != EAFNOSUPPORT) throw;
        continue;
      }
      port = listeners.back()->port();
    }
  }
  return listeners;
}

Listener::Listener(Loop& loop, int fd, int backlog, std::string path, OnAccept on_accept)
    : IoWatcher(fd),
      loop_(loop),
      on_accept_(std::move(on_accept)),
      backlog_(backlog),
      path_(std::move(path)) {
  read_name();
}

void Listener::read_name() {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size) != 0) return;
  tcp_ = name.ss_family == AF_INET || name.ss_family == AF_INET6;
  if (tcp_) {
    port_ = port_of(name);
    url_ = "http://" + host_of(name) + ":" + std::to_string(port_);
    return;
  }
  url_ = "unix socket " + std::string(reinterpret_cast<const sockaddr_un&>(name).sun_path);
  struct stat status{};
  if (!path_.empty() && ::stat(path_.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
}

void Listener::start() {
  if (watched_ || fd_ < 0) return;
  loop_.watch(*this, kReadable);
  watched_ = true;
}

void Listener::on_io(std::uint8_t) {
  for (int i = 0; i < backlog_; ++i) {
    if (accept_one() == Accepted::kOne) continue;
    return;
  }
}

Listener::Accepted Listener::accept_one() {
  for (;;) {
    sockaddr_storage peer{};
    const int fd = accept_connection(fd_, peer);
    if (fd >= 0) {
      const int on = 1;
      // Fails only for a peer that is gone already, which the first read tells.
      if (tcp_) static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
      on_accept_(fd, peer);
      return Accepted::kOne;
    }
    switch (errno) {
      case EAGAIN: return Accepted::kNone;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM: pause(errno); return Accepted::kNoResources;
      case EBADF:
      case EINVAL:
      case ENOTSOCK: pause(errno); return Accepted::kNone;
      default: break;  // that connection's own error: the next one
    }
  }
}

void Listener::pause(int error) {
  if (!watched_) return;
  log(LogLevel::kError, "cannot accept connections for a second: " + error_text(error));
  loop_.unwatch(*this);
  watched_ = false;
  resume_ = loop_.call_later(kPause, [this] { start(); });
}

void Listener::drain_and_close() {
  if (fd_ < 0) return;
  while (accept_one() == Accepted::kOne) {
  }
  close();
}

void Listener::close() noexcept {
  if (fd_ < 0) return;
  resume_.cancel();
  if (watched_) loop_.unwatch(*this);
  watched_ = false;
  struct stat status{};
  // Another server may have taken the path meanwhile.
  if (!path_.empty() && ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  ::close(std::exchange(fd_, -1));
}

Listener::~Listener() { close(); }

}  // namespace capricorn
