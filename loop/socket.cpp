// SPDX-License-Identifier: MIT
#include "socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/filter.h>
#endif

#include <cerrno>
#include <cstdint>
#include <iterator>

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

void turn_away(int listening) noexcept {
#ifdef __linux__
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  if (::getsockopt(listening, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) return;
  if (family == AF_UNIX) {
    ::shutdown(listening, SHUT_RD);
    return;
  }
  // Of TCP's flags, in byte 13, SYN without ACK: what asks for a connection is dropped, and what
  // completes one that was asked for before is not.
  constexpr std::uint32_t kFlags = 13, kSynAndAck = 0x12, kSyn = 0x02, kAll = 0xffffffff;
  sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlags),
                         BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSynAndAck),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, kAll)};
  const sock_fprog filter{.len = std::size(steps), .filter = steps};
  static_cast<void>(::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
#else
  static_cast<void>(listening);
#endif
}

std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace capricorn
