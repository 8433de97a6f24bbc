// SPDX-License-Identifier: MIT
#include "socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>

namespace capricorn {

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

bool make_non_blocking(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

Socket open_socket(int family, int type) noexcept {
#if defined(__APPLE__)
  Socket socket(::socket(family, type, 0));
  if (socket && !make_non_blocking(socket.fd())) return Socket();
  return socket;
#else
  return Socket(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
#endif
}

Socket accept_socket(int listening, SocketAddress& peer) noexcept {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  auto* where = reinterpret_cast<sockaddr*>(&name);
#if defined(__APPLE__)
  Socket socket(::accept(listening, where, &size));
  if (socket && !make_non_blocking(socket.fd())) {
    errno = ECONNABORTED;
    return Socket();
  }
#else
  Socket socket(::accept4(listening, where, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
#endif
  if (socket) peer = SocketAddress(where, size);
  return socket;
}

void set_no_delay(int fd, const SocketAddress& address) noexcept {
  if (address.family() != AF_INET && address.family() != AF_INET6) return;
  const int on = 1;
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

void limit_unsent(int fd, int bytes) noexcept {
#ifdef TCP_NOTSENT_LOWAT
  // Refused for a Unix socket, which needs none.
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes));
#else
  static_cast<void>(fd), static_cast<void>(bytes);
#endif
}

std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace capricorn
