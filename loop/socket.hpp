// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "address.hpp"

namespace capricorn {

/// Owns a descriptor, a socket's for the most part, until it is released.
class Socket {
 public:
  explicit Socket(int fd = -1) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Sockets here never block and are closed on exec. Where the system refuses, the Socket is empty
// and errno says why.
Socket open_socket(int family, int type) noexcept;
Socket accept_socket(int listening, SocketAddress& peer) noexcept;
bool make_non_blocking(int fd) noexcept;
/// No delay of small segments. A peer that is gone already is told of by the first read.
void set_no_delay(int fd, const SocketAddress& address) noexcept;
/// How much the kernel takes of what the peer's window does not let it send yet; accepted
/// connections inherit it. Without a limit it takes megabytes for a peer that reads nothing; where
/// that peer has a window of some hundred bytes, it cuts them into thousands of segments, and a
/// thousand such peers cost it minutes within send and close.
void limit_unsent(int fd, int bytes) noexcept;
inline constexpr int kMostUnsent = 131072;
/// Nobody new comes to wait for `listening`, whichever processes share it; who waits already can be
/// accepted as before, behind which accept fails with EAGAIN or EINVAL. A Unix socket refuses, a
/// TCP one keeps silent: who asks again a second later finds it closed. Best effort, and Linux's.
void turn_away(int listening) noexcept;

std::error_code last_error() noexcept;
/// Whether errno only says "not now".
bool would_block() noexcept;

}  // namespace capricorn
