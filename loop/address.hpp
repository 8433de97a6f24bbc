// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "task.hpp"

namespace capricorn {

/// Where a socket is: an IPv4 or IPv6 address and its port, or the path of a Unix socket. A value.
class SocketAddress {
 public:
  /// Nowhere: `family()` is AF_UNSPEC.
  SocketAddress() noexcept = default;
  SocketAddress(const sockaddr* address, socklen_t size) noexcept;
  /// A path that begins with NUL is abstract (Linux). Throws std::system_error where it is too
  /// long.
  static SocketAddress of_path(std::string_view path);
  /// Nowhere where the system does not tell.
  static SocketAddress of_peer(int fd) noexcept;
  static SocketAddress of_local(int fd) noexcept;

  int family() const noexcept { return size_ == 0 ? AF_UNSPEC : storage_.ss_family; }
  explicit operator bool() const noexcept { return size_ != 0; }
  /// "127.0.0.1", "::1"; of a Unix socket its path, "" where that is abstract or none.
  std::string host() const;
  /// 0 for a Unix socket.
  int port() const noexcept;
  SocketAddress with_port(int port) const noexcept;
  /// "127.0.0.1:80", "[::1]:80", "/run/app.sock", "@abstract".
  std::string text() const;

  const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const noexcept { return size_; }
  friend bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept;

 private:
  /// Of a Unix socket, a leading NUL included.
  std::string_view path() const noexcept;

  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

struct AddressOptions {
  int family = AF_UNSPEC;
  int type = SOCK_STREAM;
  int flags = 0;  // AI_PASSIVE, ...
};

/// Errors of getaddrinfo(3): EAI_NONAME and so on.
const std::error_category& resolver_category() noexcept;

/// The addresses of a host, each once, in the system's order. Numbers are understood at once; names
/// are looked up in the default executor. "" is this machine: all its interfaces with AI_PASSIVE,
/// else loopback. Throws std::system_error, and std::invalid_argument for a port beyond 65535 and
/// for a null character.
/// https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.getaddrinfo
CAPRICORN_CORO_WRAPPER Task<std::vector<SocketAddress>> getaddrinfo(std::string host,
                                                                    std::string service,
                                                                    AddressOptions options = {});

/// The same, on the calling thread, which may wait for the network.
std::vector<SocketAddress> getaddrinfo_blocking(const std::string& host, const std::string& service,
                                                AddressOptions options = {});

}  // namespace capricorn
